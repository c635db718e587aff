// Fsmgen checks the specs of state machines and turns them into Go and diagrams. See docs/fsmgen.md.
//
// This package is the command line: arguments, files, streams and exit codes. What a spec means is in package spec, what
// becomes of it in package gen.
package main
