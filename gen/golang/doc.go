// Package golang writes the Go code of a state machine.
//
// [File] works in three steps. The plan resolves names, order and arms: every decision is made there, and two things that
// need one Go name are an error. The emitters, one for each section of the output and called in reading order, turn the
// plan into code and decide nothing. The last step is gofumpt, which formats the parts of the file side by side.
//
// What comes out is meant to be read: it has the words of the spec as its comments, switches instead of tables, and a
// method for every event that a state handles. Only the tables at its end are for machines. A word of the language that a
// spec does not use leaves nothing behind.
//
// [Tests] writes a test of that code from the same plan. For each transition it looks for values that make the guards let it
// through, puts a machine into the state that the transition leaves, and says what is to happen. [Transitions] lists the
// transitions as the generated code numbers them, for whoever counts which of them a test has taken.
package golang
