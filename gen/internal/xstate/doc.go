// Package xstate writes a machine as the JSON that XState v5 takes: createMachine(JSON).provide({...}).
//
// Hooks are named implementations: actions, guards, actors. A condition is a guard whose type is its text; an outcome
// of a choice is a guard of type `choose` with params; a time-out that a param sets is a delay of that name. What
// XState has only as code are actions with params: `raise`, `reply`, `reply_later`, `start_timer`, `cancel_timer`,
// `update_timer`. So is `postpone`, which it does not have at all.
//
// XState has no words for event time-outs, named timers, params and the payloads of events. They are in `meta` of their
// state or of the machine, and it is up to the reader to carry them out.
package xstate
