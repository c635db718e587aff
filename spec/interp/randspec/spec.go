package randspec

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Events are the events of every spec. Each has the payload {n: int}; the last two are calls that are answered with an int.
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

// Source returns the spec of a seed, in a language that has the features. Its Go package has the name. It may have warnings,
// and rarely an error, which is then a matter of what the seed put together: take another seed.
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
	targets  []string // every state that an arm may name
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
