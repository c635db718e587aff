// Package cover says which transitions of a machine a test run has taken.
//
// What was taken is in the file that an observer of the runtime writes, a line for each transition of each run. What there
// is to take is what the generated code has: a transition in every leaf that it applies to.
package cover
