package core

import "github.com/fsmgen/fsmgen/pool/recovery"

// A state whose import ends the process of its worker is one that the version refuses, but the worker cannot say so. All states
// that a worker was taking over when it died are suspects. A suspect is tried again before the others, and alone, so that the
// next death tells which of them it was. A state that two workers have died of counts as refused.
//
// Example: the canary has four slots, and dies while it takes over the states of a, b, c and d; that of c was the reason. The
// next canary is given a alone, then b, which it takes over, then c, and dies. The state of c is refused; d and all other
// states are tried with the third canary.

// maxDeaths is how many workers may die of a state before it counts as refused.
const maxDeaths = 2

// noteDeath notes that the worker was gone before it had taken the state of a session over. It returns true if the state counts
// as refused for that. A worker that was told to leave says nothing of the state.
func (u *upgrade) noteDeath(s *session, w *worker) (refused bool) {
	if !w.diedByItself() {
		return false
	}
	w.diedImporting = true
	if s.deaths == 0 {
		u.suspects = append(u.suspects, s)
	}
	s.deaths++
	return s.deaths >= maxDeaths
}

// clearDeaths ends what is known of suspects: with the upgrade, and with the version that they were suspected for.
func (u *upgrade) clearDeaths() {
	for _, s := range u.suspects {
		s.deaths = 0
	}
	u.suspects = nil
}

// diedByItself reports whether the process of the worker has ended, or its connection, without that the pool has asked for it.
func (w *worker) diedByItself() bool {
	if w.leaving {
		return false
	}
	if w.reason == nil { // its end is not reported yet
		return true
	}
	switch w.reason.Reason {
	case ExitReason, Reason(recovery.LostUnsent), Reason(recovery.LostInFlight):
		return true
	}
	return false
}

// mayImport reports whether the worker may begin to take the state of a session over: that of a suspect alone, and none if the
// worker has died of one, which the pool may learn before the end of the process. A state that were given to it again would
// count that one death twice.
func (w *worker) mayImport(s *session) bool {
	if w.diedImporting {
		return false
	}
	if s.deaths > 0 {
		return w.imports == 0
	}
	return !w.importsSuspect
}

// beginImport and endImport count the carriages and trials on their way to the worker.
func (w *worker) beginImport(s *session) {
	w.imports++
	w.importsSuspect = s.deaths > 0
}

func (w *worker) endImport() {
	w.imports--
	w.importsSuspect = false
}
