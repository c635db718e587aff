// Package gen makes the outputs of a machine: Go code and its tests, pages, diagrams, tables, and data for other tools.
//
// [Files] is a pure function from a machine to files in memory, and [Text] gives one output as text. [Write] and [Diff] are
// the only parts that touch the disk: both compare with what is there, Write to change no more than it must, Diff to show
// what Write would change.
package gen
