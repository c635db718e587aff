// Package randspec writes random specs, and random walks through their machines, for tests that compare what runs them. One
// seed is one spec, on every machine and in every version.
//
// All specs have the same [Events], hooks, params and data, so that one piece of code stands for the hooks of all of them:
// [Coin] says what they answer. Timers all have lengths of their own, so that no two expire at the same time.
package randspec
