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

// Rows: I3.
func TestUpgrade_VersionThatIsNotFit(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name string
		bad  *fake
		want error // what the RolledBackError wraps
		lost int   // sessions
	}{
		{"fails to start", &fake{start: func(context.Context, uint64) error { return broken }}, broken, 0},
		{"hangs at start", &fake{start: hang}, &TimeoutError{What: "StartupTimeout"}, 0},
		{"does fewer requests at once", &fake{most: 1}, &IncompatibleError{}, 0},
		{"keeps no sessions", &fake{plain: true}, &IncompatibleError{}, 0},
		{"lacks a command", &fake{commands: []string{"echo"}}, &IncompatibleError{}, 0},
		{"dies young", &fake{mortal: 300 * time.Millisecond}, &GateError{}, 0},
		{"refuses states", &fake{refuses: broken}, &GateError{}, 0},
		{"hangs when it takes a state over", &fake{deaf: true}, &GateError{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.bad.label, tt.bad.handler = "v2", counting
				old := &fake{handler: counting, label: "v1", commands: []string{"count", "echo"}}
				p := startFake(t, old, Config{Size: Size{Min: 3}, Slots: 2, Sessions: Sessions{Checkpoint: true}, Recycle: Recycle{MaxWorkerRequests: -1}})
				l := startLoad(t, p, 24, 1)
				l.mayLose = tt.bad.mortal > 0
				time.Sleep(time.Second)
				report, err := p.Upgrade(t.Context(), tt.bad, Rollout{Bake: 3 * time.Second})
				rolled, ok := errors.AsType[*RolledBackError](err)
				if !ok || !same(rolled.Err, tt.want) {
					t.Errorf("Upgrade = %v; want a rollback because of %T", err, tt.want)
				}
				time.Sleep(time.Second)
				l.end()
				if report == nil || report.Outcome != "rolled_back" || report.Sessions.Lost != tt.lost || report.Why == "" {
					t.Errorf("report = %+v", report)
				}
				s := p.Stats()
				if s.Version != "v1" || s.Versions["v1"] != 3 || len(s.Versions) != 1 || s.Phase != "running" || s.Upgrade != "" || s.Busy != 0 {
					t.Errorf("stats = %+v", s)
				}
				again, err := p.Upgrade(t.Context(), &fake{handler: counting, label: "v3"}, Rollout{Bake: time.Second, MinRequests: -1})
				if err != nil || p.Stats().Version != "v3" {
					t.Errorf("the next upgrade = %+v, %v", again, err)
				}
				closePool(t, p)
			})
		})
	}
}

// same reports whether err is want, or has an error of its type.
func same(err, want error) bool {
	switch w := want.(type) {
	case *GateError:
		_, ok := errors.AsType[*GateError](err)
		return ok
	case *IncompatibleError:
		_, ok := errors.AsType[*IncompatibleError](err)
		return ok
	case *TimeoutError:
		e, ok := errors.AsType[*TimeoutError](err)
		return ok && e.What == w.What
	}
	return errors.Is(err, want)
}

func TestUpgrade_NotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
		refused := func(name string, source Source, r Rollout, fits func(error) bool) {
			t.Helper()
			if report, err := p.Upgrade(t.Context(), source, r); report != nil || !fits(err) {
				t.Errorf("%s: %+v, %v", name, report, err)
			}
			if s := p.Stats(); s.Version != "v1" || s.Versions["v1"] != 2 {
				t.Errorf("%s: stats = %+v", name, s)
			}
		}
		is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
		config := func(err error) bool { _, ok := errors.AsType[*ConfigError](err); return ok }
		start := func(err error) bool { _, ok := errors.AsType[*StartError](err); return ok }
		refused("no source", nil, Rollout{}, config)
		refused("a bad source", Func(nil), Rollout{}, config)
		refused("a share of 2", &fake{label: "v2"}, Rollout{Share: 2}, config)
		refused("a label of two lines", &fake{}, Rollout{Label: "a\nb"}, config)
		refused("the same version", &fake{label: "v1"}, Rollout{}, is(ErrSameVersion))
		refused("the same label", &fake{label: "v2"}, Rollout{Label: "v1"}, is(ErrSameVersion))
		refused("a source that cannot be opened", &fake{label: "v2", opens: errors.New("no file")}, Rollout{}, start)

		first := make(chan error, 1)
		go func() {
			_, err := p.Upgrade(t.Context(), &fake{label: "v2"}, Rollout{MinRequests: -1})
			first <- err
		}()
		synctest.Wait()
		if _, err := p.Upgrade(t.Context(), &fake{label: "v3"}, Rollout{}); !errors.Is(err, ErrUpgrading) {
			t.Errorf("a second upgrade = %v; want ErrUpgrading", err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first upgrade = %v", err)
		}
		closePool(t, p)
		if _, err := p.Upgrade(t.Context(), &fake{label: "v4"}, Rollout{}); !errors.Is(err, ErrClosed) {
			t.Errorf("an upgrade of a closed pool = %v; want ErrClosed", err)
		}
	})
}

func TestUpgrade_EndOfTheContext(t *testing.T) {
	for _, after := range []time.Duration{time.Second, 5 * time.Second, 6 * time.Second, 9 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slow := func(context.Context, uint64) error { time.Sleep(500 * time.Millisecond); return nil }
				p := startFake(t, &fake{handler: counting, label: "v1"}, Config{Size: Size{Min: 3}, Recycle: Recycle{MaxWorkerRequests: -1}})
				l := startLoad(t, p, 10, 2)
				ctx, cancel := context.WithTimeoutCause(t.Context(), after, errEnough)
				defer cancel()
				report, err := p.Upgrade(ctx, &fake{handler: counting, label: "v2", start: slow}, Rollout{Bake: 4 * time.Second})
				if _, ok := errors.AsType[*RolledBackError](err); !ok || !errors.Is(err, errEnough) || report.Sessions.Lost != 0 {
					t.Errorf("Upgrade = %+v, %v; want a rollback because of the context", report, err)
				}
				time.Sleep(time.Second)
				l.end()
				if s := p.Stats(); s.Version != "v1" || s.Versions["v1"] != 3 || len(s.Versions) != 1 {
					t.Errorf("stats = %+v", s)
				}
				closePool(t, p)
			})
		})
	}
}

func TestUpgrade_EndOfThePool(t *testing.T) {
	for name, end := range map[string]func(p *Pool) error{
		"drain": func(p *Pool) error { return p.Drain(context.Background()) },
		"close": func(p *Pool) error { return p.Close(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
				time.AfterFunc(time.Second, func() {
					if err := end(p); err != nil {
						t.Error(err)
					}
				})
				report, err := p.Upgrade(t.Context(), &fake{label: "v2"}, Rollout{})
				if !errors.Is(err, ErrClosed) || report.Outcome != "abandoned" || !is[*UpgradeError](err) {
					t.Errorf("Upgrade = %+v, %v; want ErrClosed, and that it was abandoned", report, err)
				}
				<-p.released
			})
		})
	}
}

// TestUpgrade_FewStatesAreRefused has one session of many whose state the new version cannot read.
func TestUpgrade_FewStatesAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{handler: counting, label: "v1"}, Config{Size: Size{Min: 2}})
		if _, err := p.Execute(t.Context(), "count", nil, Session("odd")); err != nil {
			t.Fatal(err)
		}
		report, err := p.Upgrade(t.Context(), &fake{handler: counting, label: "v2", refuses: errors.New("no")}, Rollout{Bake: time.Second, MinRequests: -1})
		if err != nil || report.Outcome != "done" || report.Sessions.Refused != 1 || report.Sessions.Lost != 1 || report.Sessions.LostNames[0] != "odd" {
			t.Errorf("Upgrade = %+v, %v; want that one state was refused and lost", report, err)
		}
		if _, err := p.Execute(t.Context(), "count", nil, Session("odd"), WithAffinity(AffinityStrict)); !errors.Is(err, ErrSessionLost) {
			t.Errorf("the next request = %v; want ErrSessionLost", err)
		}
		if result, err := p.Execute(t.Context(), "count", nil, Session("odd"), WithAffinity(AffinityStrict)); err != nil || string(result.Payload) != "1" {
			t.Errorf("the one after it = %+v, %v; want a new session", result, err)
		}
		closePool(t, p)
	})
}

// TestUpgrade_LeasesAndStreams has a session used by leases and streams, which move with it.
func TestUpgrade_LeasesAndStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{handler: counting, label: "v1"}, Config{Size: Size{Min: 2}, Recycle: Recycle{MaxWorkerRequests: -1}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() {
			defer close(ended)
			for n := 1; ctx.Err() == nil; n += 2 {
				if l, err := p.Checkout(t.Context(), Session("a")); err != nil {
					t.Error(err)
				} else {
					result, err := l.Execute(t.Context(), "count", nil)
					if err != nil || string(result.Payload) != fmt.Sprint(n) {
						t.Errorf("a lease has counted %+v, %v; want %d", result, err, n)
					}
					l.Checkin(nil)
				}
				for piece, err := range p.Stream(t.Context(), "count", nil, Session("a")) {
					if err != nil || string(piece) != fmt.Sprint(n+1) {
						t.Errorf("a stream has counted %s, %v; want %d", piece, err, n+1)
					}
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		report, err := p.Upgrade(t.Context(), &fake{handler: counting, label: "v2"}, Rollout{Bake: time.Second, MinRequests: -1})
		if err != nil || report.Sessions.Carried != 1 || report.Sessions.Lost != 0 {
			t.Errorf("Upgrade = %+v, %v", report, err)
		}
		stop()
		<-ended
		closePool(t, p)
	})
}

func TestUpgrade_Shadow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spaced := func(ctx context.Context, r *Request) ([]byte, error) {
			switch r.Command {
			case "same":
				return []byte(`{"b": 2, "a": 1}`), nil
			case "fails":
				return nil, errors.New("no")
			}
			return []byte("2"), nil
		}
		old := func(ctx context.Context, r *Request) ([]byte, error) {
			if r.Command == "same" {
				return []byte(`{"a":1,"b":2}`), nil
			}
			return []byte("1"), nil
		}
		p := startFake(t, &fake{handler: old, label: "v1"}, Config{Size: Size{Min: 2}, Recycle: Recycle{MaxWorkerRequests: -1}})
		go func() {
			time.Sleep(time.Second)
			for _, command := range []string{"same", "differs", "fails"} {
				for range 3 {
					result, err := p.Execute(t.Context(), command, []byte("1"), Idempotent())
					if err != nil || result.Version != "v1" {
						t.Errorf("%s = %+v, %v; want the answer of the old version", command, result, err)
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
		}()
		report, err := p.Upgrade(t.Context(), &fake{handler: spaced, label: "v2"}, Rollout{Bake: 3 * time.Second, MinRequests: -1, Shadow: 1, ShadowPayloads: true})
		if err != nil {
			t.Fatal(err)
		}
		s := report.Shadow
		if s.Requests != 9 || s.Differences != 6 || len(s.Kept) != 6 || string(s.Kept[0].Payloads[2]) != "2" || s.Kept[5].Err == "" {
			t.Errorf("shadow = %+v", s)
		}
		if report.New.Requests != 9 || report.New.Failures != 3 || p.Stats().Requests != 9 {
			t.Errorf("report = %+v, %d requests: the new version is judged by shadows, no caller gets them", report, p.Stats().Requests)
		}
		closePool(t, p)
	})
}

// TestUpgrade_WaitsForRequests has a request, a stream and a lease that take longer than Shutdown.ShutdownTimeout, on one of the old
// workers each.
func TestUpgrade_WaitsForRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := func(ctx context.Context, r *Request) ([]byte, error) {
			if r.Command == "long" {
				time.Sleep(40 * time.Second)
			}
			return r.Payload, nil
		}
		p := startFake(t, &fake{handler: long, label: "v1"}, Config{Size: Size{Min: 3}, Shutdown: Shutdown{ShutdownTimeout: time.Second}, RequestTimeout: time.Minute})
		var clients sync.WaitGroup
		clients.Go(func() {
			if _, err := p.Execute(t.Context(), "long", nil); err != nil {
				t.Errorf("the request = %v", err)
			}
		})
		clients.Go(func() {
			for _, err := range p.Stream(t.Context(), "long", nil) {
				if err != nil {
					t.Errorf("the stream = %v", err)
				}
			}
		})
		l := checkout(t, p)
		time.AfterFunc(30*time.Second, func() {
			if err := l.Checkin(nil); err != nil {
				t.Errorf("Checkin = %v", err)
			}
		})
		most := 0
		watch := time.NewTicker(100 * time.Millisecond)
		defer watch.Stop()
		ended := make(chan bool)
		clients.Go(func() {
			for {
				select {
				case <-watch.C:
					most = max(most, len(p.Workers()))
				case <-ended:
					return
				}
			}
		})
		report, err := p.Upgrade(t.Context(), &fake{handler: long, label: "v2"}, Rollout{Bake: time.Second, MinRequests: -1})
		close(ended)
		clients.Wait()
		if err != nil || report.Old.Failures+report.New.Failures != 0 || p.Stats().Interrupted != 0 {
			t.Errorf("Upgrade = %+v, %v; want that no request was ended", report, err)
		}
		if most != 4 {
			t.Errorf("there were %d workers at once; want one more than 3", most)
		}
		closePool(t, p)
	})
}

// TestUpgrade_LaunchersAreClosedOnce has upgrades that are refused, undone and done, each with a launcher of its own.
func TestUpgrade_LaunchersAreClosedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &fake{label: "v1", commands: []string{"echo", "old"}}
		p := startFake(t, first, Config{Size: Size{Min: 2}, Recycle: Recycle{MaxWorkerRequests: -1}})
		same, undone := &fake{label: "v1"}, &fake{label: "v2", commands: []string{"echo"}}
		done := &fake{label: "v3", commands: []string{"echo"}}
		r := Rollout{Bake: time.Second, MinRequests: -1}
		if _, err := p.Upgrade(t.Context(), same, r); !errors.Is(err, ErrSameVersion) {
			t.Errorf("to the same version: %v; want ErrSameVersion", err)
		}
		if _, err := p.Upgrade(t.Context(), undone, r); err == nil {
			t.Error("a version that lacks a command is accepted; want that it is rolled back")
		}
		r.Removed = []string{"old"}
		if _, err := p.Upgrade(t.Context(), done, r); err != nil {
			t.Errorf("a version without a command that is gone on purpose: %v", err)
		}
		synctest.Wait()
		if a, b, c, d := first.closes.Load(), same.closes.Load(), undone.closes.Load(), done.closes.Load(); a != 1 || b != 1 || c != 1 || d != 0 {
			t.Errorf("the launchers were closed %d, %d, %d and %d times; want once each but the last one, which is in use", a, b, c, d)
		}
		closePool(t, p)
		if n := done.closes.Load(); n != 1 {
			t.Errorf("the launcher of the pool was closed %d times; want once", n)
		}
	})
}

// TestUpgrade_ReceiverDies has a worker of the new version die while it takes a state over. That says nothing of the state:
// another worker gets it.
func TestUpgrade_ReceiverDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{handler: counting, label: "v1"}, Config{Size: Size{Min: 2}})
		for _, session := range []string{"a", "b", "c"} {
			if _, err := p.Execute(t.Context(), "count", nil, Session(session)); err != nil {
				t.Fatal(err)
			}
		}
		next := &fake{handler: counting, label: "v2", dies: true}
		report, err := p.Upgrade(t.Context(), next, Rollout{Bake: time.Second, MinRequests: -1})
		if err != nil || report.New.Lost != 1 || report.Sessions.Carried != 3 || report.Sessions.Refused+report.Sessions.Lost > 0 {
			t.Errorf("Upgrade = %+v, %v; want that one worker was lost, and every state carried", report, err)
		}
		for _, session := range []string{"a", "b", "c"} {
			if result, err := p.Execute(t.Context(), "count", nil, Session(session)); err != nil || string(result.Payload) != "2" {
				t.Errorf("session %s = %+v, %v; want its count", session, result, err)
			}
		}
		closePool(t, p)
	})
}

// TestUpgrade_RemovedThatIsNoCommand is refused before anything is begun, again and again, and the right name is taken then.
func TestUpgrade_RemovedThatIsNoCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1", commands: []string{"echo", "old"}}, Config{})
		next := &fake{label: "v2", commands: []string{"echo"}}
		r := Rollout{Bake: time.Second, MinRequests: -1, Removed: []string{"old", "odl"}}
		for range 2 {
			report, err := p.Upgrade(t.Context(), next, r)
			if wrong, ok := errors.AsType[*ConfigError](err); !ok || wrong.Field != "Rollout.Removed" || report != nil {
				t.Errorf("Upgrade = %+v, %v; want a *ConfigError about Rollout.Removed", report, err)
			}
		}
		r.Removed = r.Removed[:1]
		if _, err := p.Upgrade(t.Context(), next, r); err != nil {
			t.Error(err)
		}
		closePool(t, p)
	})
}
