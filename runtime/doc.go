// Package runtime is the part of the runtime that users of generated state machines see. It is
// imported as fsm.
//
// fsmgen writes a package for each spec. Its functions take types of this package: Start, which makes
// a live machine that many goroutines send to, takes a [Config]; NewWith, which makes a machine for
// one goroutine, takes a [BareConfig]. What happens in a machine goes to an [Observer] as a [Step];
// a [History] keeps the last steps. The errors of its methods are here, and [Control], the operations
// on a live machine that are not events.
//
// Two packages beside this one have other users: package statem is for machines written by hand,
// without a spec; package impl is for generated code only.
//
// # How a machine runs
//
// Machines have the semantics of Erlang's gen_statem. A machine runs each event to completion:
// guards, exits, actions, entries; then the events that it raised; then, if the state changed, the
// postponed events; then time-outs with a time of 0; and only then the next message. Numbers like
// R021 in comments are the rules of gen_statem.
//
// A live machine has no goroutine of its own. A goroutine that finds the machine idle owns it for the
// time of its event and runs it. Other goroutines enqueue messages in the meantime, which the owner
// serves.
//
// Hooks must not block. Work that takes long is an invoke of the spec, which runs beside
// the machine: an [Invocation]. No lock is
// held while a hook runs. A hook casts to other machines with Post, and must not call its own
// machine. A hook of a live machine that panics ends its machine and nothing else. A hook that
// calls [runtime.Goexit] also ends the goroutine that runs it; another goroutine serves the
// remaining messages.
package runtime
