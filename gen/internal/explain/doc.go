// Package explain answers questions about one thing that a spec names, in words: how a machine gets into a state, what becomes
// of an event, whether a property holds.
//
// Ways are scripts, a line each, which a simulator replays.
package explain
