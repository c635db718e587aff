// Package interp runs a spec without generating code. It is what simulators and model checkers stand on.
//
// A [Machine] is the callback of a [runtime.Core], the engine that runs in production, on a virtual clock: queues, timers,
// postponed events and replies are those of generated machines. What the hooks would say comes from an [Oracle]; guards that
// are expressions over known values are computed. Everything that happens is in the transcript, entry by entry.
package interp
