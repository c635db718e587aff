package pool

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// In the tests of this file a part of a real Python worker stops running, its event loop or its main thread, while its
// control thread goes on to answer probes. The pool has to learn that from the answers, to replace the worker, and to serve
// with the other one meanwhile.

// Rows: U3.
func TestLiveness_EventLoopThatAHandlerBlocks(t *testing.T) {
	for _, tt := range []struct {
		name, how string
		waits     bool // another request waits for the event loop
		found     func(error) bool
	}{
		{"a call that waits", "sleeps", true, is[*wire.NotBegunError]},
		{"a loop that is busy", "spins", true, is[*wire.NotBegunError]},
		{"no other request", "sleeps", false, says("the event loop has not run")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := startStuck(t, 3, true)
			for round := range uint64(2) {
				p.name = fmt.Sprintf("%s, round %d", tt.name, round)
				s := p.sessions()
				ended := []<-chan error{p.begin("block", fmt.Sprintf("%q", tt.how), s.victims[0])}
				<-p.stuck
				if tt.waits {
					ended = append(ended, p.begin("answer", "1", s.victims[1]))
				}
				for _, err := range p.serveUntil(s, ended) {
					if !is[*LostError](err) || OutcomeOf(err) != OutcomeUnknown {
						t.Errorf("a request on the event loop = %v; want its worker lost", err)
					}
				}
				p.wasReplaced(s, ReasonHealth, round+1, uint64(len(ended)))
				p.wasFoundBy(tt.found)
			}
		})
	}
}

// Rows: U3.
func TestLiveness_MainThreadThatDoesNotReadRequests(t *testing.T) {
	t.Parallel()
	p := startStuck(t, 2, false)
	for round := range uint64(2) {
		p.name = fmt.Sprintf("two slots, round %d", round)
		s := p.sessions()
		p.interrupt(s)
		err := p.serveUntil(s, []<-chan error{p.begin("answer", "1", s.victims[1])})[0]
		if !is[*LostError](err) {
			t.Errorf("a request that is not read = %v; want its worker lost", err)
		}
		p.wasReplaced(s, ReasonHealth, round+1, 1)
		p.wasFoundBy(is[*wire.NotBegunError])
	}
}

// TestLiveness_OnlySlotOfAMainThreadThatDoesNotRead has the worker serve as many requests as it has slots, so that it is not
// probed. The end of its request shows that it is stuck: the worker does not confirm the cancellation.
//
// Rows: U3.
func TestLiveness_OnlySlotOfAMainThreadThatDoesNotRead(t *testing.T) {
	t.Parallel()
	p := startStuck(t, 1, false)
	for round := range uint64(2) {
		p.name = fmt.Sprintf("one slot, round %d", round)
		s := p.sessions()
		p.interrupt(s)
		reset := p.limit(outcome{timeout: 250 * time.Millisecond})
		err := p.serveUntil(s, []<-chan error{p.begin("answer", "1", s.victims[1])})[0]
		if !is[*AbandonedError](err) || !is[*TimeoutError](err) {
			t.Errorf("a request that is not read = %v; want RequestTimeout", err)
		}
		reset()
		p.wasReplaced(s, Reason(recovery.TimeoutStuck), round+1, 1)
	}
}

func says(what string) func(error) bool {
	return func(err error) bool { return strings.Contains(err.Error(), what) }
}

// stuckPool is a pool of two workers one of which gets stuck: the victim.
type stuckPool struct {
	*after
	events log
	stuck  stuckLines
	begun  int // sessions
}

func startStuck(t *testing.T, slots int, async bool) *stuckPool {
	p := &stuckPool{stuck: make(stuckLines, 1)}
	p.after = startAfterWith(t, setup{slots: slots, workers: 2, async: async}, "testdata/stuck.py", Config{
		Health: Health{HealthCheckInterval: 100 * time.Millisecond}, Observer: &p.events, Logger: slog.New(p.stuck),
	})
	return p
}

// stuckLines is a log that sends a value when a worker has printed that it is stuck.
type stuckLines chan struct{}

func (l stuckLines) Enabled(context.Context, slog.Level) bool { return true }
func (l stuckLines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l stuckLines) WithGroup(string) slog.Handler            { return l }

func (l stuckLines) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "stuck" {
		l <- struct{}{}
	}
	return nil
}

// stuckSessions are two sessions of the victim, and one of the other worker.
type stuckSessions struct {
	victim  uint64
	victims []string
	other   string
}

// sessions begins new sessions on both workers.
func (p *stuckPool) sessions() stuckSessions {
	p.t.Helper()
	of := map[uint64][]string{}
	for range 4 {
		p.begun++
		name := fmt.Sprint("s", p.begun)
		r, err := p.Execute(p.t.Context(), "answer", []byte("1"), Session(name))
		if err != nil {
			p.t.Fatal(err)
		}
		of[r.WorkerID] = append(of[r.WorkerID], name)
	}
	var s stuckSessions
	for worker, names := range of {
		if s.victim == 0 && len(names) >= 2 {
			s.victim, s.victims = worker, names[:2]
		} else {
			s.other = names[0]
		}
	}
	if s.victim == 0 || s.other == "" {
		p.t.Fatalf("the sessions of the workers are %v; want two of one and one of the other", of)
	}
	return s
}

// begin sends a request that goes to the worker of its session only, and returns where its error will be.
func (p *stuckPool) begin(command, payload, session string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := p.Execute(p.t.Context(), command, []byte(payload), Session(session), WithAffinity(AffinityStrict))
		ended <- err
	}()
	return ended
}

// interrupt has the main thread of the victim stop.
func (p *stuckPool) interrupt(s stuckSessions) {
	p.t.Helper()
	if err := <-p.begin("interrupt", "null", s.victims[0]); err != nil {
		p.t.Fatal(err)
	}
	<-p.stuck
}

// serveUntil has the other worker answer requests until those on the victim have ended, and returns how.
func (p *stuckPool) serveUntil(s stuckSessions, ended []<-chan error) (errs []error) {
	p.t.Helper()
	for len(errs) < len(ended) {
		r, err := p.Execute(p.t.Context(), "answer", []byte("1"), Session(s.other), WithAffinity(AffinityStrict))
		if err != nil || r.WorkerID == s.victim {
			p.t.Fatalf("after %s the other worker answers with %+v, %v", p.name, r, err)
		}
		select {
		case err := <-ended[len(errs)]:
			errs = append(errs, err)
		case <-time.After(time.Millisecond): // lets the machine do other things
		}
	}
	return errs
}

// wasReplaced waits until the victim has been replaced, which has happened so many times by now, and shows that the pool is as
// good as before. Each time as many requests have failed.
func (p *stuckPool) wasReplaced(s stuckSessions, reason Reason, times, failures uint64) {
	p.t.Helper()
	eventually(p.t, "the worker that is stuck has been replaced", func() bool {
		stats := p.Stats()
		return stats.Left[reason] == times && stats.Started == 2+times
	})
	p.isAsGoodAsBefore()
	stats := p.Stats()
	if stats.Removed != times || len(stats.Left) != 1 || stats.Started != 2+times || stats.Failures != times*failures {
		p.t.Errorf("after %s Stats = %+v; want %d workers replaced, all for %s, and %d requests failed", p.name, stats, times, reason, times*failures)
	}
	for _, w := range p.Workers() {
		if w.ID == s.victim {
			p.t.Errorf("after %s worker %d is still there: %+v", p.name, s.victim, w)
		}
	}
}

// wasFoundBy fails the test unless a probe has failed with such an error since the last time.
func (p *stuckPool) wasFoundBy(found func(error) bool) {
	p.t.Helper()
	for _, ev := range takeEvents[EventHealthChecked](&p.events) {
		if ev.Err != nil && found(ev.Err) {
			return
		}
	}
	p.t.Errorf("after %s no probe has found what is wrong", p.name)
}
