// Package runtime runs state machines with the semantics of Erlang's gen_statem. It is imported as
// fsm.
//
// It has two layers. The lower one consists of queues and timers as plain values: no goroutine, no
// lock, and a clock that may be virtual. It belongs to the goroutine that runs it: an [Engine]
// drives a generated machine, a [Core] drives a [Callback], which is a machine written by hand. The
// upper layer is the [Server], one live machine that many goroutines send to. A goroutine that
// finds the machine idle owns it for the time of its event and runs it. Other goroutines enqueue
// messages in the meantime, which the owner serves.
//
// A machine runs each event to completion: guards, exits, actions, entries; then the events that it
// raised; then, if the state changed, the postponed events; then time-outs with a time of 0; and
// only then the next message. Numbers like R021 in comments are the rules of gen_statem.
//
// Hooks must not block. Work that takes long is a [Work], which runs beside the machine. No lock is
// held while a hook runs. A hook casts to other machines with Post, and must not call its own
// machine. A hook of a live machine that panics ends its machine and nothing else. A hook that
// calls [runtime.Goexit] also ends the goroutine that runs it; another goroutine serves the
// remaining messages.
package runtime
