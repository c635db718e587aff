package randspec

import (
	"math/rand/v2"
	"time"
)

// Move is one step of a walk: an event, or time, or the end of an invoke.
type Move struct {
	Event  int           // the index in Events; -1: none
	N      int           // the payload of the event, or the result of the invoke
	Wait   time.Duration // not 0: time passes
	Invoke bool          // one of the invokes that are on ends: the one that N chooses
	Fails  bool          // it ends with an error
}

// Walk returns the moves of a seed.
func Walk(seed uint64, moves int) []Move {
	r := rand.New(rand.NewPCG(seed, 2))
	walk := make([]Move, moves)
	for i := range walk {
		m := Move{Event: -1, N: r.IntN(8)}
		switch kind := r.IntN(10); {
		case kind < 7:
			m.Event = r.IntN(len(Events))
		case kind < 9:
			m.Wait = time.Duration(1+r.IntN(4_000_000)) * time.Microsecond
		default:
			m.Invoke, m.Fails = true, r.IntN(3) == 0
		}
		walk[i] = m
	}
	return walk
}

// Coin is what a hook answers in a walk, given how many actions have run before: so a guard answers the same however often it
// is asked, until an action runs.
func Coin(walk uint64, hook string, actions int) uint64 {
	h := walk ^ 0x9e3779b97f4a7c15
	for _, b := range []byte(hook) {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	h ^= uint64(actions) * 0xff51afd7ed558ccd
	for range 2 {
		h ^= h >> 33
		h *= 0xc4ceb9fe1a85ec53
	}
	return h ^ h>>33
}
