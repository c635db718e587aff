// Package engine runs state machines. Packages statem and impl are its public faces.
//
// It has two layers. The lower one consists of queues and timers as plain values: no goroutine, no
// lock, and a clock that may be virtual. It belongs to the goroutine that runs it: an [Engine] drives
// a [Stepper], which is a generated machine or the adapter of a callback; a [Loop] adds a mailbox. The
// upper layer is the [Server], one live machine that many goroutines send to. A goroutine that finds
// the machine idle owns it for the time of its event and runs it. Other goroutines enqueue messages
// in the meantime, which the owner serves.
package engine
