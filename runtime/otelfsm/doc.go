// Package otelfsm shows OpenTelemetry what machines do: as metrics, and as events of a span.
//
//	metric                unit          attributes
//	fsm.transitions       {transition}  fsm.machine, fsm.state.from, fsm.event, fsm.state.to
//	fsm.state.duration    s             fsm.machine, fsm.state
//	fsm.events.postponed  {event}       fsm.machine, fsm.state, fsm.event
//	fsm.events.unhandled  {event}       fsm.machine, fsm.state, fsm.event
//	fsm.invokes.failed    {invoke}      fsm.machine, fsm.state, fsm.event
//	fsm.machines.crashed  {machine}     fsm.machine, fsm.state, fsm.event
//
// An invoke has failed if its work returned an error or panicked and its state had not been left; the event is that of its
// onError. The event of a crash is empty at the start and at the end of a machine.
//
// A transition that leaves no state counts among fsm.transitions with the same state twice. The time in a state is recorded
// when the state is left. fsm.machine is the type of a machine, not its instance: there may be a million of those.
//
// The package needs the API of OpenTelemetry and no SDK. What it measures for generated machines is prepared when the
// [Observer] is made, so that a step allocates nothing here, and without an SDK costs nothing.
package otelfsm
