package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// startTakeover returns a pool of four workers with one slot each that take states over as testdata/takeover.py says.
func startTakeover(t *testing.T, how string, change func(*Config)) *takeoverPool {
	t.Helper()
	c := Config{
		Source: &ProcessSource{Script: "testdata/takeover.py", Args: []string{how}}, Size: Size{Min: 4}, Recycle: Recycle{MaxUnavailable: 4}, Sessions: Sessions{Checkpoint: true, Affinity: AffinityStrict},
	}
	if change != nil {
		change(&c)
	}
	p := &takeoverPool{t: t, Pool: startPython(t, c)}
	for n := range c.Size.Min {
		p.sessions = append(p.sessions, fmt.Sprint("s", n))
	}
	return p
}

type takeoverPool struct {
	*Pool
	t        *testing.T
	sessions []string // as many as there are slots
}

// each runs f for every session at once.
func (p *takeoverPool) each(f func(session string)) {
	var wg sync.WaitGroup
	for _, session := range p.sessions {
		wg.Go(func() { f(session) })
	}
	wg.Wait()
}

// replaceWorkers recycles all workers, so that only the pool has the states of their sessions.
func (p *takeoverPool) replaceWorkers() {
	p.t.Helper()
	last := uint64(0)
	replaced := func() bool {
		all := p.Workers()
		return len(all) == len(p.sessions) && p.Stats().Workers["ready"] == len(all) && all[0].ID > last
	}
	eventually(p.t, "all workers are ready", replaced)
	for _, w := range p.Workers() {
		last = w.ID
		p.Recycle(w.ID)
	}
	eventually(p.t, "the workers are replaced", replaced)
}

func (p *takeoverPool) counts(session string, want int) {
	p.t.Helper()
	r, err := p.Execute(p.t.Context(), "count", nil, Session(session))
	if err != nil || r.Rebound || string(r.Payload) != fmt.Sprint(want) {
		p.t.Errorf("session %s: count = %+v, %v; want %d", session, r, err, want)
	}
}

func TestTakeover_TakesLongerThanCallersWait(t *testing.T) {
	t.Parallel()
	p := startTakeover(t, "1", nil)
	p.each(func(session string) { p.counts(session, 1) })
	for round := range 2 {
		p.replaceWorkers()
		p.each(func(session string) {
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				r, err := p.Execute(ctx, "count", nil, Session(session))
				cancel()
				if err == nil {
					if string(r.Payload) != fmt.Sprint(2+2*round) {
						t.Errorf("session %s counts %s; want the state that was kept", session, r.Payload)
					}
					return
				}
				if !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != OutcomeNotRun {
					t.Errorf("count = %v, %v; want a request that was given up and has not run", err, OutcomeOf(err))
				}
			}
			t.Errorf("session %s is never taken over", session)
		})
		p.each(func(session string) { p.counts(session, 3+2*round) })
	}
	if s := p.Stats(); s.SessionsLost != 0 || s.Busy != 0 {
		t.Errorf("stats = %+v; want nothing lost, and no slot in use", s)
	}
}

func TestTakeover_HangsForOneRequestOnly(t *testing.T) {
	for _, how := range []string{"hangs", "cannot be stopped"} {
		for _, affinity := range []Affinity{AffinityStrict, AffinityPrefer} {
			t.Run(fmt.Sprint(how, " ", affinity), func(t *testing.T) {
				t.Parallel()
				p := startTakeover(t, how, func(c *Config) {
					c.Sessions.Affinity, c.Sessions.ExportTimeout, c.CancelGrace = affinity, 300*time.Millisecond, 200*time.Millisecond
					c.QueueTimeout = time.Minute
				})
				p.each(func(session string) { p.counts(session, 1) })
				for round := range 2 {
					p.replaceWorkers()
					p.each(func(session string) {
						r, err := p.Execute(t.Context(), "count", nil, Session(session))
						if affinity == AffinityStrict {
							if !errors.Is(err, ErrSessionLost) || OutcomeOf(err) != OutcomeNotRun {
								t.Errorf("session %s: count = %v; want ErrSessionLost", session, err)
							}
							p.counts(session, 1)
						} else if err != nil || !r.Rebound || string(r.Payload) != "1" {
							t.Errorf("session %s: count = %+v, %v; want it to begin anew, and to be told", session, r, err)
						}
					})
					if s := p.Stats(); s.SessionsLost != uint64((round+1)*len(p.sessions)) {
						t.Errorf("round %d: %d states lost; want each one", round, s.SessionsLost)
					}
				}
			})
		}
	}
}
