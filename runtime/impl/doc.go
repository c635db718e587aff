// Package impl is for code that fsmgen generates, and for no other: its names may change with the
// generator. Programs use the package that was generated for their machine, package fsm, and package
// statem for machines written by hand.
//
// A generated machine contains an [Engine], which holds its state, queues and timers, and is the
// [Stepper] that the engine runs. A generated server contains a [Server] beside it. Both describe
// their states, events and transitions in an [Info].
//
// A typed method of a machine handles its event directly if the method Direct of the engine allows
// it; otherwise it puts the event into an [Event] and passes it to [Take]. A typed method of a server
// acquires the machine by the method Enter of Server, and uses [Call] if another goroutine owns it.
package impl
