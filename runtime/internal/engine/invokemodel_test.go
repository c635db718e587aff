package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// laundry is what is to become of the invokes of a turnstile, in as few words as possible.
type laundry struct {
	running, wanted [2]*stubborn // by number; what is wanted runs, or begins when what runs has returned
	log             []string
}

func (l *laundry) start(number int, w *stubborn) {
	if l.wanted[number] = w; l.running[number] == nil {
		l.running[number] = w
	}
}

func (l *laundry) stop(number int) { l.wanted[number] = nil }

func (l *laundry) finish(number int) {
	done := l.running[number]
	if done == l.wanted[number] {
		l.log = append(l.log, fmt.Sprintf("%s: %s, <nil>", turnstileInfo.Invokes[number], done.value))
		l.wanted[number] = nil
	}
	l.running[number] = l.wanted[number]
}

// check compares which work has begun, and which is still wanted.
func (l *laundry) check(t *testing.T, all []*stubborn, begun map[*stubborn]context.Context) {
	t.Helper()
	for _, w := range all {
		if len(w.begun) > 0 {
			begun[w] = <-w.begun
			if w != l.running[0] && w != l.running[1] {
				t.Fatalf("%s has begun before its turn, or unwanted", w.value)
			}
		}
	}
	for number, w := range l.running {
		if w == nil {
			continue
		}
		if begun[w] == nil {
			t.Fatalf("%s has not begun", w.value)
		}
		if cancelled := begun[w].Err() != nil; cancelled == (w == l.wanted[number]) {
			t.Fatalf("%s: cancelled %v; want the opposite", w.value, cancelled)
		}
	}
}

// TestInvoke_AgreesWithModel starts, stops and finishes work at random.
func TestInvoke_AgreesWithModel(t *testing.T) {
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			chance, s, model := rand.New(rand.NewPCG(seed, 0)), start(fsm.Config{}), new(laundry)
			var all []*stubborn
			begun := map[*stubborn]context.Context{}
			for i := range 60 {
				number := chance.IntN(2)
				switch running := model.running[number]; {
				case chance.IntN(3) == 0:
					w := newStubborn(fmt.Sprint("work ", i))
					all = append(all, w)
					_ = s.Do(t.Context(), func(x *turnstile) { x.engine.StartInvoke(number, w) })
					model.start(number, w)
				case running != nil && chance.IntN(2) == 0:
					close(running.let)
					model.finish(number)
				default:
					_ = s.Do(t.Context(), func(x *turnstile) { x.engine.StopInvoke(number) })
					model.stop(number)
				}
				synctest.Wait()
				model.check(t, all, begun)
			}
			if diff := cmp.Diff(model.log, s.Log(t)); diff != "" {
				t.Errorf("seed %d: log (-model +machine):\n%s", seed, diff)
			}
			go stop(t, s)
			synctest.Wait()
			for _, w := range model.running {
				if w != nil {
					close(w.let)
				}
			}
			<-s.server.Done()
		})
	}
}
