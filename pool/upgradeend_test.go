package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// quick is a rollout of a pool without traffic.
var quick = Rollout{Bake: time.Second, MinRequests: -1}

// TestUpgrade_ClosedPoolDoesNotOpenTheSource, and one that is closed while the source is being opened closes the launcher.
func TestUpgrade_ClosedPoolDoesNotOpenTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
		next := &scripted{fake: fake{label: "v2"}, opens: func(context.Context) error { return p.Close(context.Background()) }}
		for n := range 2 {
			if report, err := p.Upgrade(t.Context(), next, quick); report != nil || !errors.Is(err, ErrClosed) {
				t.Errorf("upgrade %d = %+v, %v; want ErrClosed", n, report, err)
			}
			if opened, closed := next.count(&next.opened), next.count(&next.closed); opened != 1 || closed != 1 {
				t.Errorf("the source was opened %d times, and its launcher closed %d times; want once, by the first upgrade", opened, closed)
			}
		}
	})
}

// TestUpgrade_ConfigurationHasTheNewSource again after each upgrade, and keeps it if the upgrade is undone.
func TestUpgrade_ConfigurationHasTheNewSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, third := &fake{label: "v1"}, &fake{label: "v2"}, &fake{label: "v3"}
		unfit := &fake{label: "unfit", start: func(context.Context, uint64) error { return errEnough }}
		p := startFake(t, first, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		has := func(source Source, label string) {
			t.Helper()
			for _, other := range []Source{first, second, third, unfit} {
				err := p.Reconfigure(Config{Source: other, Size: Size{Min: 2}})
				if (err == nil) != (other == source) {
					t.Errorf("Reconfigure with %s = %v; want that only the source of %s is accepted", other.(*fake).label, err, label)
				}
			}
			if got := p.conf().Version; got != label {
				t.Errorf("the version of the configuration is %s; want %s", got, label)
			}
		}
		has(first, "v1")
		for _, next := range []*fake{second, third} {
			report, err := p.Upgrade(t.Context(), next, quick)
			if err != nil {
				t.Fatalf("the upgrade to %s = %+v, %v", next.label, report, err)
			}
			has(next, next.label)
		}
		if _, err := p.Upgrade(t.Context(), unfit, quick); !is[*RolledBackError](err) {
			t.Errorf("the upgrade to a version that does not start = %v; want a rollback", err)
		}
		has(third, "v3")
	})
}

// TestUpgrade_EachIsFromTheOneBefore has three upgrades: each report is about the version that the pool had.
func TestUpgrade_EachIsFromTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		from := "v1"
		for _, to := range []string{"v2", "v1", "v3"} {
			report, err := p.Upgrade(t.Context(), &fake{label: to}, quick)
			if err != nil || report.From != from || report.To != to || report.Old.Version != from || report.New.Version != to {
				t.Errorf("the upgrade to %s = %+v, %v; want that it is from %s", to, report, err, from)
			}
			_, err = p.Upgrade(t.Context(), &fake{label: to}, quick)
			if same, ok := errors.AsType[*UpgradeError](err); !ok || !errors.Is(err, ErrSameVersion) || same.From != to {
				t.Errorf("once more to %s = %v; want ErrSameVersion", to, err)
			}
			from = to
		}
	})
}

// TestIsOutcome_PhasesThatEndAnUpgrade are those that no other phase follows.
func TestIsOutcome_PhasesThatEndAnUpgrade(t *testing.T) {
	for phase, want := range map[string]bool{
		"done": true, "rolled_back": true, "abandoned": true,
		"starting": false, "watching": false, "lingering": false, "ramping": false, "baking": false, "rolling_back": false, "": false,
	} {
		if got := isOutcome(phase); got != want {
			t.Errorf("isOutcome(%q) = %v; want %v", phase, got, want)
		}
	}
}

// TestUpgrade_WorkersThatDoNotStartSayWhy: the error has what the first worker has said, beside the gate.
func TestUpgrade_WorkersThatDoNotStartSayWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		for range 2 {
			_, err := p.Upgrade(t.Context(), &fake{label: "v2", start: func(context.Context, uint64) error { return errEnough }}, quick)
			gate, gated := errors.AsType[*GateError](err)
			if !gated || gate.Gate != "workers" {
				t.Fatalf("Upgrade = %v; want a rollback because of the gate of the workers", err)
			}
			first, ok := gate.Err.(*StartError)
			if !ok || first.Worker == 0 || !errors.Is(first, errEnough) {
				t.Errorf("the gate has %v; want the StartError of the first worker", gate.Err)
			}
		}
	})
}

// TestUpgrade_ErrorOfARollback has versions that fail in each phase in which that can be seen.
func TestUpgrade_ErrorOfARollback(t *testing.T) {
	fails := func(context.Context, *Request) ([]byte, error) { return nil, errPassing }
	once := false
	startsLate := func(ctx context.Context, worker uint64) error {
		if !once {
			once = true
			return errEnough
		}
		return hang(ctx, worker)
	}
	for _, tt := range []struct {
		what   string
		bad    *fake
		within time.Duration // of the caller
		phase  string
		first  bool // the error is that of the first worker that did not start
	}{
		{"no other worker would start either", &fake{plain: true}, time.Hour, "starting", true},
		{"the caller gives up after a start that failed", &fake{start: startsLate}, time.Second, "starting", false},
		{"the caller gives up beside the canary", &fake{}, time.Second, "watching", false},
		{"the canary fails", &fake{handler: fails}, time.Hour, "watching", false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.bad.label = "v2"
				p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
				defer closePool(t, p)
				ctx, cancel := context.WithTimeoutCause(t.Context(), tt.within, errLate)
				defer cancel()
				var client sync.WaitGroup
				defer client.Wait()
				clients, stop := context.WithCancel(t.Context())
				defer stop()
				client.Go(func() {
					for clients.Err() == nil {
						_, _ = p.Execute(clients, "echo", nil)
						time.Sleep(10 * time.Millisecond)
					}
				})
				report, err := p.Upgrade(ctx, tt.bad, Rollout{Bake: time.Minute})
				back, ok := err.(*RolledBackError)
				if !ok || back.Phase != tt.phase || report.Why != text(back.Err) {
					t.Fatalf("Upgrade = %+v, %v; want a rollback while it was %s", report, err, tt.phase)
				}
				if first, ok := back.Err.(*StartError); ok != tt.first || ok && first.Worker == 0 {
					t.Errorf("it is because of %v; want the error of a start: %v", back.Err, tt.first)
				}
				if late := errors.Is(err, errLate); late != (tt.within < time.Hour) {
					t.Errorf("it is because of %v; want the cause of the context: %v", back.Err, !late)
				}
			})
		})
	}
}

var errLate = errors.New("the caller gives up")

func TestGateError_SaysWhatFailedLast(t *testing.T) {
	gate := GateError{Gate: "workers", Old: "0 lost", New: "3 lost", Allowed: "2 more"}
	const want = "workers of the new version: 3 lost, of the old one: 0 lost; allowed: 2 more"
	if got := gate.Error(); got != want {
		t.Errorf("without a failure: %q; want %q", got, want)
	}
	if gate.Err = errEnough; gate.Error() != want+": "+errEnough.Error() || !errors.Is(&gate, errEnough) {
		t.Errorf("with one: %q; want %q with %q", gate.Error(), want, errEnough)
	}
}
