package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// load asks for echoes and counts without a pause until it is stopped, and fails the test where an answer is wrong.
type load struct {
	t    *testing.T
	pool *Pool
	wg   sync.WaitGroup
	stop context.CancelFunc

	mayLose  bool // workers die, with the requests that they have
	mu       sync.Mutex
	requests int
	versions map[string]int
}

func startLoad(t *testing.T, p *Pool, sessions, anonymous int) *load {
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{t: t, pool: p, stop: cancel, versions: map[string]int{}}
	for n := range sessions {
		l.wg.Go(func() { l.count(ctx, fmt.Sprint("s", n)) })
	}
	for range anonymous {
		l.wg.Go(func() { l.echo(ctx) })
	}
	return l
}

// count has a session counted up. Each answer says how many requests there were before.
func (l *load) count(ctx context.Context, session string) {
	for want := 1; ctx.Err() == nil; want++ {
		result, err := l.pool.Execute(context.WithoutCancel(ctx), "count", nil, Session(session))
		if err != nil && l.mayLose {
			want--
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err != nil {
			l.t.Errorf("request %d of session %s: %v", want, session, err)
			return
		}
		if got := string(result.Payload); got != fmt.Sprint(want) {
			l.t.Errorf("session %s has counted %s of %d, on a worker of %s", session, got, want, result.Version)
			return
		}
		l.note(result)
		time.Sleep(10 * time.Millisecond)
	}
}

func (l *load) echo(ctx context.Context) {
	for ctx.Err() == nil {
		result, err := l.pool.Execute(context.WithoutCancel(ctx), "echo", []byte(`"x"`))
		if err != nil && l.mayLose {
			continue
		}
		if err != nil {
			l.t.Errorf("echo: %v", err)
			return
		}
		l.note(result)
		time.Sleep(10 * time.Millisecond)
	}
}

func (l *load) note(r *Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	l.versions[r.Version]++
}

func (l *load) end() {
	l.stop()
	l.wg.Wait()
}

// counting is a handler that counts the requests of its session.
func counting(_ context.Context, r *Request) ([]byte, error) {
	if r.Command != "count" {
		return r.Payload, nil
	}
	count, _ := r.State["n"].(float64) // what JSON makes of a number
	r.State["n"] = count + 1
	return fmt.Append(nil, count+1), nil
}

// Rows: I3, S8.
func TestUpgrade_ReplacesEveryWorkerUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{handler: counting, label: "v1"}, Config{Size: Size{Min: 3}})
		l := startLoad(t, p, 5, 3)
		time.Sleep(time.Second)
		report, err := p.Upgrade(t.Context(), &fake{handler: counting, label: "v2"}, Rollout{Bake: 5 * time.Second})
		if err != nil {
			t.Fatalf("Upgrade = %v", err)
		}
		l.end()
		if report.Outcome != "done" || report.Sessions.Lost != 0 || report.Sessions.Carried == 0 || report.New.Failures != 0 {
			t.Errorf("report = %+v", report)
		}
		if s := p.Stats(); s.Version != "v2" || s.Versions["v2"] != 3 || len(s.Versions) != 1 || s.Upgrade != "" || s.Phase != "running" {
			t.Errorf("stats = %+v", s)
		}
		if l.versions["v1"] == 0 || l.versions["v2"] == 0 {
			t.Errorf("requests by version: %v", l.versions)
		}
		again, err := p.Upgrade(t.Context(), &fake{handler: counting, label: "v1"}, Rollout{Bake: time.Second, MinRequests: -1})
		if err != nil || again.Outcome != "done" || p.Stats().Version != "v1" {
			t.Errorf("the upgrade back = %+v, %v", again, err)
		}
		closePool(t, p)
	})
}

func TestUpgrade_RollsBack(t *testing.T) {
	failing := func(after int) HandlerFunc {
		var mu sync.Mutex
		served := 0
		return func(ctx context.Context, r *Request) ([]byte, error) {
			mu.Lock()
			served++
			bad := served > after && served%10 == 0
			mu.Unlock()
			if bad && r.Command == "echo" {
				return nil, errors.New("broken")
			}
			return counting(ctx, r)
		}
	}
	for _, tt := range []struct {
		name string
		bad  *fake
		gate string
	}{
		{"it fails", &fake{handler: failing(0)}, "error rate"},
		{"it fails later", &fake{handler: failing(400)}, "error rate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.bad.label = "v2"
				p := startFake(t, &fake{handler: counting, label: "v1"}, Config{Size: Size{Min: 3}})
				ctx, stop := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						for ctx.Err() == nil {
							p.Execute(context.WithoutCancel(ctx), "echo", nil)
							time.Sleep(10 * time.Millisecond)
						}
					})
				}
				l := startLoad(t, p, 5, 0)
				report, err := p.Upgrade(t.Context(), tt.bad, Rollout{Bake: 5 * time.Second})
				rolled, ok := errors.AsType[*RolledBackError](err)
				if !ok {
					t.Fatalf("Upgrade = %+v, %v; want a RolledBackError", report, err)
				}
				if gate, ok := errors.AsType[*GateError](err); !ok || gate.Gate != tt.gate {
					t.Errorf("the cause is %v; want the gate %s", rolled.Err, tt.gate)
				}
				l.end()
				stop()
				wg.Wait()
				if report.Outcome != "rolled_back" || report.Sessions.Lost != 0 {
					t.Errorf("report = %+v", report)
				}
				if s := p.Stats(); s.Version != "v1" || s.Versions["v1"] != 3 || len(s.Versions) != 1 {
					t.Errorf("stats = %+v", s)
				}
				closePool(t, p)
			})
		})
	}
}
