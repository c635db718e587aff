package drive

import (
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/spec/interp/randspec"
)

// Trace is what a walk is seen to do, and what the hooks answer on it.
type Trace struct {
	Walk  uint64 // the seed
	Lines []string

	actions int
	result  int
	fails   bool
}

// limit is how long a trace may become. Where a machine finds no end, a hook panics.
const limit = 200_000

// Act notes an action, with its payload if it takes one.
func (t *Trace) Act(name string, payload ...any) {
	if len(t.Lines) > limit {
		panic("drive: a walk without end")
	}
	t.actions++
	t.Lines = append(t.Lines, fmt.Sprint(append([]any{name}, payload...)...))
}

// Guard answers a guard.
func (t *Trace) Guard(name string) bool { return randspec.Coin(t.Walk, name, t.actions)%2 == 0 }

// Choose answers a choice with the index of an outcome.
func (t *Trace) Choose(name string, outcomes int) int {
	return int(randspec.Coin(t.Walk, name, t.actions) % uint64(outcomes))
}

// Reply notes and answers a reply.
func (t *Trace) Reply(name string, payload ...any) int {
	t.Lines = append(t.Lines, fmt.Sprint(append([]any{name}, payload...)...))
	return int(randspec.Coin(t.Walk, name, t.actions) % 1000)
}

// Return says what the next invoke that ends comes to.
func (t *Trace) Return(m randspec.Move) { t.result, t.fails = m.N, m.Fails }

// ErrFailed is what an invoke fails with.
var ErrFailed = errors.New("failed")

// Invoke answers an invoke.
func (t *Trace) Invoke() (int, error) {
	if t.fails {
		return 0, ErrFailed
	}
	return t.result, nil
}

// Sight is what can be seen of a machine after a move.
type Sight struct {
	Reply   any
	Err     error
	State   string
	Count   int
	Invokes int
	Next    time.Duration // until the first timer expires; negative: none runs
}

// See notes what can be seen after a move.
func (t *Trace) See(move int, s Sight) {
	if s.Err != nil {
		s.Reply = nil
	}
	t.Lines = append(t.Lines, fmt.Sprintf("%d: %s count=%d invokes=%d next=%v reply=%v err=%v",
		move, s.State, s.Count, s.Invokes, s.Next, s.Reply, s.Err))
}
