// Package golang writes the Go code of a state machine.
//
// [Files] works in three steps. The plan resolves names, order and transitions: every decision is made there, and two things that
// need one Go name are an error. The emitters, one for each section of the output and called in reading order, turn the
// plan into code and decide nothing. What varies only in names is a template in package fixed, which is also Go that compiles.
// The last step is gofumpt, which formats the parts of a file side by side.
//
// The first of the two files is meant to be read: it has the words of the spec as its comments, switches instead of tables, and
// one function for each state and event that a line of the spec is about. The second file supports it, with what is the same in
// every machine, and with tables. A word of the language that a spec does not use leaves nothing behind.
//
// [Tests] writes a test of that code from the same plan. For each transition it looks for values that make the guards let it
// through, puts a machine into the state that the transition leaves, and says what is to happen. [Transitions] lists the
// transitions as the generated code numbers them, for the coverage of tests.
package golang
