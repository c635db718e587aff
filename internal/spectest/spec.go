// Package spectest writes random specs, and random walks through their machines, for tests that compare what runs them.
// One seed is one spec, on every machine and in every version.
//
// All specs have the same [Events], hooks, params and data, so that one piece of code stands for the hooks of all of
// them: [Coin] says what they answer. Timers all have lengths of their own, so that no two expire at the same time.
package spectest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Feature is a set of words of the language.
type Feature uint16

// The words that a spec may use or not. Events, guards, actions, replies and targets it always does.
const (
	Nested       Feature = 1 << iota // states inside states
	Park                             // postpone, ignore
	After                            // after
	Final                            // type: final at the top
	Condition                        // guards that are expressions
	History                          // type: history
	Timers                           // timers, start, cancel, update
	EventTimeout                     // event_timeout
	Always                           // always
	Done                             // type: final inside, onDone
	Raise                            // raise
	Choose                           // choose
	Invoke                           // invoke
	Wildcard                         // on: "*"
	Retry                            // postpone, beside a target

	All Feature = 1<<iota - 1
)

// has reports whether the spec may use all of the words.
func (f Feature) has(words Feature) bool { return f&words == words }

// Events are the events of every spec. Each has the payload {n: int}; the last two are calls that are answered with an
// int.
var Events = []string{"e0", "e1", "e2", "e3", "call0", "call1"}

// calls is the index of the first call.
const calls = 4

// header declares what all specs have.
const header = `params:
  p0: {type: duration, default: 1731ms}
  p1: {type: duration, default: 2917ms}
  limit: {type: int, default: 3}
data:
  count: {type: int}
events:
  e0: {payload: {n: int}}
  e1: {payload: {n: int}}
  e2: {payload: {n: int}}
  e3: {payload: {n: int}}
  call0: {payload: {n: int}, call: int}
  call1: {payload: {n: int}, call: int}
guards:
  g0: {}
  g1: {}
  gn: {payload: [n]}
actions:
  a0: {}
  a1: {}
  a2: {}
  an: {payload: [n]}
  bump: {doc: Adds one to count.}
`

// Source returns the spec of a seed, in a language that has the features. Its Go package has the name. It may have
// warnings, and rarely an error, which is then a matter of what the seed put together: take another seed.
func Source(seed uint64, f Feature, name string) string {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 1)), features: f, length: 1009}
	w.declare()
	w.grow()
	w.line("initial: %s\nstates:", w.states[0].name)
	for _, s := range w.states {
		w.state(s, "  ")
	}
	body := w.out.String()
	return "fsm: 1\nmachine: m\ngo: {package: " + name + "}\n" + header + replies(body) + body
}

// replies declares the replies that the rest of a spec uses: one that nothing uses answers calls of no type.
func replies(body string) string {
	used := ""
	if strings.Contains(body, "reply: r0") {
		used += "  r0: {}\n"
	}
	if strings.Contains(body, "reply: rn") {
		used += "  rn: {payload: [n]}\n"
	}
	if used == "" {
		return ""
	}
	return "replies:\n" + used
}

// writer writes one spec.
type writer struct {
	*rand.Rand
	out      strings.Builder
	features Feature
	states   []*state // at the top
	targets  []string // every state that a transition may name
	length   int      // of the timer before, in milliseconds
	params   int      // how many of the params are lengths already
	timers   []string // named timers
}

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.out, format+"\n", args...)
}

// may says yes with a chance of one in n, and no where the features forbid the words.
func (w *writer) may(words Feature, n int) bool {
	return w.features.has(words) && w.IntN(n) == 0
}

func pick[T any](w *writer, all ...T) T { return all[w.IntN(len(all))] }

// declare declares what only some specs have.
func (w *writer) declare() {
	if w.features.has(Timers) {
		w.timers = []string{"t0", "t1"}
		w.line("timers:\n  t0: {after: %s}\n  t1: {every: %s}", w.lasting(), w.lasting())
	}
	if w.features.has(Choose) {
		w.line("choices:\n  route: {outcomes: [left, right]}")
	}
	if w.features.has(Invoke) {
		w.line("invokes:\n  fetch: {result: {n: int}}\n  play: {}")
	}
}

// lasting returns a length that no other timer has.
func (w *writer) lasting() string {
	if w.params < 2 && w.IntN(3) == 0 {
		w.params++
		return fmt.Sprintf("p%d", w.params-1)
	}
	w.length += 37 + w.IntN(400)
	return fmt.Sprintf("%dms", w.length)
}

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

// Coin is what a hook answers in a walk, given how many actions have run before: so a guard answers the same however
// often it is asked, until an action runs.
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
