// Package affinity knows which worker holds the state of which session.
//
// A binding is tentative until its first answer: a session that never got one has no state to lose. A firm binding whose
// worker is gone is remembered as lost, so that whoever is bound next can be told.
package affinity
