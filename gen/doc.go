// Package gen joins the outputs of fsmgen: it says which files a machine becomes, and brings them to disk.
//
// [Files] is a pure function from a machine to files in memory; a package per output below this one makes their
// content. [Write] and [Diff] are the only parts that touch the disk: both compare with what is there, Write to change
// no more than it must, Diff to show what Write would change.
package gen
