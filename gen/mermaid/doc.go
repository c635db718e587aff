// Package mermaid draws a machine as a Mermaid state diagram that a person likes to look at.
//
//	stateDiagram-v2
//	  accTitle: door
//	  [*] --> s_shut
//	  state "shut" as s_shut
//	  state "open" as s_open
//	  s_open : entry / ring
//	  s_open : knock / greet
//
//	  s_shut --> s_open : push [unlocked] / creak
//	  s_open --> s_shut : • pull<br/>• after 30s
//
// Two states are joined by at most one arrow in each direction. A line of its label is one transition, written as UML
// writes it: the event or `after` and a time, the guard in brackets, the actions after a slash. Several lines are
// marked with a bullet each, as Mermaid wraps long ones. What a state does without being left stands in its box:
// entry and exit, transitions without a target, what it postpones. Mermaid gives a state that has children nothing but
// a title, so theirs stands in a note.
//
// Nothing of the machine's behaviour is missing but what it ignores on purpose, which would be most of the ink. Reading
// a diagram back, by splitting labels into lines, gives the states and transitions of the spec, no more and no fewer.
package mermaid
