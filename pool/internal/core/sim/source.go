package sim

import "math/rand/v2"

// source makes the choices of a schedule. Those of a seed are random; those of a replay come from a list, and are 0 behind
// its end. 0 is always the plainest choice, so that a shorter list with smaller numbers is a simpler schedule.
type source struct {
	random  *rand.Rand // nil for a replay
	choices []uint32   // made so far, or to be replayed
	at      int
}

func newSource(seed uint64) *source { return &source{random: rand.New(rand.NewPCG(seed, 1))} }

func replay(choices []uint32) *source { return &source{choices: choices} }

// below returns a number in [0, n).
func (s *source) below(n int) int {
	if n <= 1 {
		return 0
	}
	if s.random != nil {
		v := uint32(s.random.IntN(n))
		s.choices = append(s.choices, v)
		return int(v)
	}
	if s.at >= len(s.choices) {
		return 0
	}
	v := int(s.choices[s.at]) % n
	s.at++
	return v
}

// oneIn reports true once in n times; never in the plainest schedule.
func (s *source) oneIn(n int) bool { return s.below(n) == n-1 }

// pick returns one of the values. The first one is the plainest.
func pick[T any](s *source, values ...T) T { return values[s.below(len(values))] }
