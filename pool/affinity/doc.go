// Package affinity remembers which worker has a session's state, for how long, and what is kept of the state elsewhere.
//
// A binding is tentative until the worker has answered, and firm from then on: there is state to lose. A session whose
// worker goes away goes on with its snapshot, if a current one was kept, and is told of its loss otherwise. It is
// forgotten when nobody has used it for the timeout.
//
// The package keeps books and calls nobody. Time is handed in.
package affinity
