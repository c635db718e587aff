// Package fsmgen is the root of a module for state machines that are declared in a file. It has no code of its own.
//
// A spec, such as door.fsm.yaml, declares the states, events, guards and time-outs of a machine. Three parts work on it:
//
//   - The command fsmgen (cmd/fsmgen) checks a spec, runs it without generating code, proves properties of it, and generates
//     Go and diagrams: "go get -tool github.com/fsmgen/fsmgen/cmd/fsmgen", then "go tool fsmgen new door".
//   - Package [github.com/fsmgen/fsmgen/runtime], imported as fsm, runs a generated machine: calls and casts, postponed
//     events, time-outs, snapshots, logs. Its semantics are those of gen_statem of Erlang/OTP. Package
//     [github.com/fsmgen/fsmgen/runtime/statem] is for machines written by hand.
//   - Package [github.com/fsmgen/fsmgen/pool] keeps external worker processes alive, primarily in Python. It sends the requests of
//     a session to the worker that has the session's state, replaces workers that fail, and upgrades them under load. The
//     life of its workers is a generated machine.
//
// Programs that read or write specs themselves use [github.com/fsmgen/fsmgen/spec] and [github.com/fsmgen/fsmgen/gen].
//
// The README has a tour of each part, and docs has a page for each question.
package fsmgen

//go:generate go tool fsmgen generate --only md -o docs/machines spec
