package engine_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// TestServer_ConcurrentSendersKeepTheirOrder has many goroutines cast, call, and give up calls at random moments. Each sender's
// events must be handled in the order sent, and every call that got its reply must have been handled exactly once.
//
// Rows: S7.
func TestServer_ConcurrentSendersKeepTheirOrder(t *testing.T) {
	s := start(fsm.Config{Mailbox: -1})
	defer stop(t, s)
	const senders, events = 8, 300
	seen := make([][]int, senders)
	answered := make([][]int, senders)
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range events {
				f := func(*turnstile) { seen[sender] = append(seen[sender], i) }
				switch (sender + i) % 4 {
				case 0:
					_ = s.server.Cast(do{f})
				case 1:
					if s.Do(t.Context(), f) == nil {
						answered[sender] = append(answered[sender], i)
					}
				case 2:
					_ = s.server.Post(do{f})
				case 3:
					ctx, cancel := context.WithCancel(t.Context())
					go cancel()
					if s.Do(ctx, f) == nil {
						answered[sender] = append(answered[sender], i)
					}
					cancel()
				}
				if i%50 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
	_ = s.server.Inspect(t.Context(), func() {})
	for sender := range senders {
		if !slices.IsSorted(seen[sender]) || len(slices.Compact(slices.Clone(seen[sender]))) != len(seen[sender]) {
			t.Errorf("sender %d: handled out of order, or twice: %v", sender, seen[sender])
		}
		for _, i := range answered[sender] {
			if _, ok := slices.BinarySearch(seen[sender], i); !ok {
				t.Errorf("sender %d: call %d was answered and not handled", sender, i)
			}
		}
		for i := range events {
			if _, ok := slices.BinarySearch(seen[sender], i); !ok && (sender+i)%4 != 3 {
				t.Errorf("sender %d: event %d was lost", sender, i)
			}
		}
	}
}

// TestServer_StopUnderLoadEndsEveryCall stops the machine while calls are on their way: none may hang, and each
// must have either its reply or the reason.
func TestServer_StopUnderLoadEndsEveryCall(t *testing.T) {
	for range 20 {
		s := start(fsm.Config{Mailbox: -1})
		var wg sync.WaitGroup
		handled := make([]int, 8)
		replies := make([]int, 8)
		for sender := range handled {
			wg.Go(func() {
				for range 200 {
					err := s.Do(t.Context(), func(*turnstile) { handled[sender]++ })
					if err == nil {
						replies[sender]++
					} else if !errors.Is(err, fsm.ErrStopped) {
						t.Errorf("call = %v; want a reply or ErrStopped", err)
					}
				}
			})
		}
		wg.Go(func() { runtime.Gosched(); stop(t, s) })
		wg.Wait()
		if diff := cmp.Diff(handled, replies); diff != "" {
			t.Errorf("handled and answered (-handled +answered):\n%s", diff)
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
