// Package statem is for state machines written by hand, as callbacks, with the semantics of Erlang's
// gen_statem. Use it for machines a spec cannot express; prefer generation otherwise.
//
// A machine is a [Callback]: its function Handle gets a [Turn], which has the state, the data and the
// event, and returns a [Result], which a method of the turn makes: Next, Keep, Repeat or Stop. A
// result may contain actions: [Reply], [Raise], [Postpone], timers and more, see [Action].
//
// [Start] makes a callback a [Live] machine, which many goroutines send to: Cast does not wait, Call
// waits for the reply, [Send] returns a [Pending] reply. [NewCore] makes it a [Core], a plain value for
// one goroutine, with a clock that may be virtual.
//
// Numbers like R021 in comments are the rules of gen_statem; docs/semantics.md has them all.
package statem
