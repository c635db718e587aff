// Package runtime is the API used with generated state machines. It is imported as fsm.
//
// fsmgen writes a package for each spec. The generated functions Start and NewWith take types of this
// package: Start makes a live machine that many goroutines send to, and takes a [Config]; NewWith
// makes a machine for one goroutine, and takes a [BareConfig]. An [Observer] gets each [Step] of a
// machine, and a [History] keeps the last steps. [Control] has the operations on a live machine that
// are not events. The types of the errors that generated methods return are here, too.
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
// A live machine has no goroutine of its own. A goroutine that finds the machine idle owns it while it
// handles its event. Other goroutines enqueue messages in the meantime, which the owner serves.
//
// Hooks must not block. Work that takes long is an invoke of the spec, which runs beside the machine:
// an [Invocation]. No lock is held while a hook runs. A hook casts to other machines with Post, and
// must not call its own machine. A hook of a live machine that panics ends its machine and nothing
// else. A hook that calls [runtime.Goexit] also ends the goroutine that runs it; another goroutine
// serves the remaining messages.
package runtime
