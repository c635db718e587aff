// Package chart is a machine as diagrams show it: boxes inside one another, arrows between them, and the words on both.
// Every kind of diagram draws the same chart, so that they say the same and transitions have the same names in all.
//
// Two boxes are joined by at most one arrow in each direction. A line of its label is one transition, written as UML
// writes it: the trigger, the guard in brackets, the effects after a slash. What a state does without being left is a
// line of its box: entry and exit, invokes, transitions without a target, what it postpones.
//
// The trigger of an `always` is nothing, that of an `onDone` the word done, that of an invoke its name and done or
// error. A transition that chooses leads to a diamond, from which one arrow leads on for each outcome.
//
// Nothing of a machine's behaviour is missing but what it ignores on purpose, which would be most of the ink.
package chart
