package codelock_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/examples/codelock"
	"github.com/fsmgen/fsmgen/examples/codelock/lockfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// visitor presses buttons, and notes what the door does and when.
type visitor struct {
	press func(digit int) error
	began time.Time
	notes []string
}

func (v *visitor) tell(what string) {
	v.notes = append(v.notes, fmt.Sprintf("%s at %v", what, time.Since(v.began)))
}

func byHand(t *testing.T) *visitor {
	v := &visitor{began: time.Now()}
	hand := codelock.ByHand{Code: []int{1, 2}, OpenTime: 10 * time.Second, Patience: 30 * time.Second, Tell: v.tell}
	lock, err := statem.Start(hand.Callback(), fsm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Stop(context.Background(), nil) })
	v.press = func(digit int) error { return lock.Cast(codelock.Button{Digit: digit}) }
	return v
}

func generated(t *testing.T) *visitor {
	v := &visitor{began: time.Now()}
	hooks := lockfsm.Hooks{Lock: &codelock.Generated{Code: []int{1, 2}, Tell: v.tell}}
	lock, err := lockfsm.Start(hooks, lockfsm.Params{}, fsm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Control().Stop(context.Background(), nil) })
	v.press = lock.CastButton
	return v
}

// visit presses some buttons, with more and less patience, and returns what the door has done.
func visit(t *testing.T, lock func(t *testing.T) *visitor, seed uint64) (notes []string) {
	synctest.Test(t, func(t *testing.T) {
		v, chance := lock(t), rand.New(rand.NewPCG(seed, 0))
		for range 40 {
			if err := v.press(1 + chance.IntN(2)); err != nil {
				t.Fatal(err)
			}
			time.Sleep([]time.Duration{0, time.Second, 11 * time.Second, 31 * time.Second}[chance.IntN(4)])
		}
		synctest.Wait()
		notes = v.notes
	})
	return notes
}

func TestLocks_ByHandAndGeneratedAgree(t *testing.T) {
	for seed := range uint64(50) {
		hand, spec := visit(t, byHand, seed), visit(t, generated, seed)
		if diff := cmp.Diff(hand, spec); diff != "" {
			t.Fatalf("seed %d (-by hand +generated):\n%s", seed, diff)
		}
		if len(hand) < 2 {
			t.Fatalf("seed %d: the door has never opened", seed)
		}
	}
}
