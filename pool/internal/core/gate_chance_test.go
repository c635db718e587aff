package core

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// delays are distributions of the time that requests take.
var delays = []struct {
	name string
	draw func(r *rand.Rand) float64 // ms
}{
	{"constant", func(*rand.Rand) float64 { return 30 }},
	{"normal", func(r *rand.Rand) float64 { return max(1, 50+10*r.NormFloat64()) }},
	{"exponential", func(r *rand.Rand) float64 { return 40 * r.ExpFloat64() }},
	{"log-normal", func(r *rand.Rand) float64 { return 20 * math.Exp(r.NormFloat64()) }},
	{"wide log-normal", func(r *rand.Rand) float64 { return 20 * math.Exp(2*r.NormFloat64()) }},
	{"with a long tail", func(r *rand.Rand) float64 { return 5 * math.Pow(1-r.Float64(), -1/1.1) }},
	{"1 in 500 is slow", seldom(500)},
	{"1 in 100 is slow", seldom(100)},
	{"1 in 20 is slow", seldom(20)},
}

func seldom(n int) func(r *rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		if r.IntN(n) == 0 {
			return 1000
		}
		return 2 + r.Float64()
	}
}

// rehearsal is an upgrade as the gates see it: requests of both versions, whose callers may cancel those that take too long.
type rehearsal struct {
	random   *rand.Rand
	draw     func(r *rand.Rand) float64
	slower   float64 // how many times as long the new version takes
	patience float64 // of callers, in ms; 0 for any

	plan            Rollout
	old, new, total window
}

func (h *rehearsal) request(w *window, slower float64) {
	ms := h.draw(h.random) * slower
	if h.patience > 0 && ms > h.patience {
		w.cancel(time.Duration(h.patience * float64(time.Millisecond)))
		return
	}
	w.serve(false, time.Duration(ms*float64(time.Millisecond)))
}

// run serves requests, of which the new version has a share, and returns after how many of its own it was found to be worse.
func (h *rehearsal) run(requests int, share float64) (found int) {
	for range requests {
		if h.random.Float64() >= share {
			h.request(&h.old, 1)
			continue
		}
		h.request(&h.new, h.slower)
		found++
		if h.plan.judge(&h.old, &h.new, &h.total) != nil {
			return found
		}
	}
	return 0
}

// phases are a canary, workers that are replaced, and the watch at the end.
func (h *rehearsal) phases(size int) (found bool) {
	for _, phase := range []struct {
		requests int
		share    float64
	}{{size, 0.1}, {size / 4, 0.5}, {size / 2, 1}} {
		if h.run(phase.requests, phase.share) > 0 {
			return true
		}
		h.total.add(&h.new)
		h.new = window{}
	}
	return false
}

// TestGates_TellIdenticalVersionsApartHardlyEver plays upgrades with each distribution of times, few requests and many, with and
// without callers that cancel. Less than one of a hundred may be rolled back.
func TestGates_TellIdenticalVersionsApartHardlyEver(t *testing.T) {
	const upgrades = 25
	all, allBack := 0, 0
	for _, d := range delays {
		for _, patience := range []float64{0, 60} {
			back := 0
			for seed := range uint64(upgrades) {
				for _, size := range []int{300, 2000} {
					h := &rehearsal{
						random: rand.New(rand.NewPCG(seed, uint64(size))), draw: d.draw, slower: 1, patience: patience,
						plan: Rollout{MaxErrorRate: 0.01, MaxLatency: 1.5},
					}
					if h.phases(size) {
						back++
					}
				}
			}
			t.Logf("%s, patience %v ms: %d of %d", d.name, patience, back, 2*upgrades)
			all, allBack = all+2*upgrades, allBack+back
			if back > 1 {
				t.Errorf("%s, patience %v ms: %d of %d upgrades to the same code are rolled back", d.name, patience, back, 2*upgrades)
			}
		}
	}
	if allBack*100 >= all {
		t.Errorf("%d of %d upgrades to the same code are rolled back", allBack, all)
	}
}

// TestGates_NoticeASlowVersion has a canary get a tenth of the requests, and be three times as slow, with MaxLatency 2; or never
// answer, while callers cancel after 100 ms.
func TestGates_NoticeASlowVersion(t *testing.T) {
	for _, tt := range []struct {
		name             string
		draw             func(r *rand.Rand) float64
		slower, patience float64
		within           int // requests of the canary, in 99 of 100 upgrades
	}{
		{"constant", delays[0].draw, 3, 0, 50},
		{"normal", delays[1].draw, 3, 0, 100},
		{"exponential", delays[2].draw, 3, 0, 1000},
		{"log-normal", delays[3].draw, 3, 0, 2000},
		{"log-normal, of seconds", func(r *rand.Rand) float64 { return 100 * delays[3].draw(r) }, 3, 0, 1000},
		{"never answers", delays[0].draw, 1e6, 100, 20},
		{"never answers, and old ones are cancelled as well", delays[2].draw, 1e6, 100, 20},
		{"three times as slow as callers wait for", delays[2].draw, 3, 100, 200},
	} {
		const upgrades = 100
		missed, longest := 0, 0
		for seed := range uint64(upgrades) {
			h := &rehearsal{
				random: rand.New(rand.NewPCG(seed, 1)), draw: tt.draw, slower: tt.slower, patience: tt.patience,
				plan: Rollout{MaxErrorRate: 0.01, MaxLatency: 2},
			}
			for range 900 { // before there was a canary
				h.request(&h.old, 1)
			}
			found := h.run(20*tt.within, 0.1)
			longest = max(longest, found)
			if found == 0 || found > tt.within {
				missed++
			}
		}
		t.Logf("%s: %d of %d are not noticed within %d requests; the longest took %d", tt.name, missed, upgrades, tt.within, longest)
		if missed > upgrades/100 {
			t.Errorf("%s: %d of %d bad versions are not noticed within %d requests", tt.name, missed, upgrades, tt.within)
		}
	}
}
