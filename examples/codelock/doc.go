// Package codelock is the classic example of the gen_statem manual, twice: written by hand as a callback, in byhand.go, and
// generated from lock.fsm.yaml, with the hooks of generated.go. The examples press the same buttons on both.
//
// By hand there is one function for everything that happens, and the machine decides with what it returns: the state, which
// timer, whether the event waits. Generated, the spec says all that, each event is a method with its types, and what is left
// to write are the hooks: what the door does, and what the lock remembers.
package codelock
