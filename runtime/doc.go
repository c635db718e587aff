// Package runtime runs state machines with the semantics of Erlang's gen_statem. It is imported as fsm.
//
// There are two layers. The pure one is queues and timers as plain values: no goroutine, no lock, and a clock that may
// stand still. It belongs to whoever runs it: an [Engine] drives a generated machine, a [Core] one that is written by hand
// as a [Callback]. On top is the [Server], one live machine that many goroutines send to: whoever finds the machine idle
// runs it on his own goroutine, everybody else leaves a message.
//
// A machine runs each event to completion: guards, exits, actions, entries, then the events it raised, then the postponed
// ones if the state changed, then time-outs of no time, and only then the next message. Numbers like R021 in comments are
// the rules of gen_statem.
//
// Hooks must not block: what takes long is [Work], which runs beside the machine. A hook never sees a lock held, casts to
// other machines with Post, and must not call its own machine. A hook of a live machine that panics ends its machine and
// nothing else; one that calls [runtime.Goexit] also ends the goroutine that happens to run it, and the machine's others go
// on elsewhere.
package runtime
