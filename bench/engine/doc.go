// Package engine measures what runs a machine: one machine, the gate, with as little to do as possible, against what people
// would write without an engine. All candidates call the same hooks through an interface.
//
// What is measured is a direct event of a server that one or two goroutines use, a call with a reply, casts until all of
// them are handled, a state time-out that is set and cancelled, those who look, the memory of machines that do nothing, and
// a million of them with a time-out each.
package engine
