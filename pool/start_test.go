package pool

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: L4.
func TestConfig_NamesEveryProblem(t *testing.T) {
	_, err := Start(t.Context(), Config{Size: Size{Min: -1}, QueueTimeout: -time.Second})
	for _, field := range []string{"Source", "Size.Min", "QueueTimeout"} {
		found := false
		for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
			c, ok := errors.AsType[*ConfigError](e)
			found = found || ok && c.Field == field
		}
		if !found {
			t.Errorf("Start = %v; want a problem of %s", err, field)
		}
	}
}

func TestStart_WorkerThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, err := Start(t.Context(), Config{Source: &fake{start: hang}, Size: Size{Min: 3}, StartupTimeout: 30 * time.Second})
		late, ok := errors.AsType[*TimeoutError](err)
		if !ok || late.What != "StartupTimeout" || !is[*StartError](err) {
			t.Errorf("Start = %v; want a *StartError because of StartupTimeout", err)
		}
		if took := time.Since(begin); took > 31*time.Second {
			t.Errorf("Start took %v; want 30s", took)
		}
	})
}

// Rows: R2, W7.
func TestStart_FailedWorkerIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(_ context.Context, worker uint64) error {
			if worker < 3 {
				return errors.New("busy")
			}
			return nil
		}}
		p := startFake(t, f, Config{StartAttempts: 3})
		defer closePool(t, p)
		if got := p.Workers()[0].ID; got != 3 {
			t.Errorf("the first worker that serves is %d; want 3", got)
		}
	})
}

func TestStart_FailsWithTheFirstReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(_ context.Context, worker uint64) error {
			return map[bool]error{true: errors.New("first"), false: errors.New("later")}[worker == 1]
		}}
		_, err := Start(t.Context(), Config{Source: f, StartAttempts: 2})
		if start, ok := errors.AsType[*StartError](err); !ok || start.Worker != 1 || start.Err.Error() != "first" {
			t.Errorf("Start = %v; want the reason of worker 1", err)
		}
	})
}

// Rows: S8.
func TestStart_SomeWorkersReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(ctx context.Context, worker uint64) error {
			if worker == 1 {
				return nil
			}
			return hang(ctx, worker)
		}}
		p := startFake(t, f, Config{Size: Size{Min: 2}, StartTimeout: 10 * time.Second})
		defer closePool(t, p)
		if got := p.Stats().Phase; got != "degraded" {
			t.Errorf("the pool is %s; want degraded", got)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want an answer of the worker that is there", err)
		}
	})
}

func TestStart_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := Start(ctx, Config{Source: &fake{start: hang}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Start = %v; want the end of its context", err)
		}
	})
}

func TestStart_CauseOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient := errors.New("no patience")
		for _, wait := range []time.Duration{0, time.Second} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), wait, impatient)
			defer cancel()
			_, err := Start(ctx, Config{Source: &fake{start: hang}})
			if start, ok := errors.AsType[*StartError](err); !ok || start.Worker != 0 || !errors.Is(start, impatient) {
				t.Errorf("Start = %v; want a *StartError with the cause", err)
			}
		}
	})
}

func TestStart_ContextEndsAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			if _, err := p.await(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want the pool to live", err)
		}
	})
}

func TestStart_StartTimeoutNamesTheFirstWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := Start(t.Context(), Config{Source: &fake{start: hang}, StartTimeout: time.Second})
		start, ok := errors.AsType[*StartError](err)
		late, _ := errors.AsType[*TimeoutError](err)
		if !ok || start.Worker != 1 || late == nil || late.What != "StartTimeout" {
			t.Errorf("Start = %v; want a *StartError of worker 1 because of StartTimeout", err)
		}
	})
}

func TestStart_ClosedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := beginFake(t, &fake{start: hang}, Config{Size: Size{Min: 4}})
		var starter sync.WaitGroup
		starter.Go(func() {
			if _, err := p.await(t.Context()); !errors.Is(err, ErrClosed) {
				t.Errorf("Start = %v; want ErrClosed", err)
			}
		})
		synctest.Wait()
		closePool(t, p)
		starter.Wait()
	})
}

func TestConfig_InvalidFields(t *testing.T) {
	ok := &fake{}
	for _, tt := range []struct {
		field  string
		config Config
	}{
		{"Source", Config{}},
		{"Source", Config{Source: Func(nil)}},
		{"Source", Config{Source: Python("")}},
		{"Source", Config{Source: Command("")}},
		{"Size.Min", Config{Source: ok, Size: Size{Min: -1}}},
		{"Size.Max", Config{Source: ok, Size: Size{Min: 3, Max: 2}}},
		{"StartAttempts", Config{Source: ok, StartAttempts: -1}},
		{"Health.MaxHealthFailures", Config{Source: ok, Health: Health{MaxHealthFailures: -1}}},
		{"MaxPayload", Config{Source: ok, MaxPayload: -1}},
		{"MaxPayload", Config{Source: ok, MaxPayload: math.MaxInt}},
		{"OutputLines", Config{Source: ok, OutputLines: -1}},
		{"StartTimeout", Config{Source: ok, StartTimeout: -1}},
		{"StartupTimeout", Config{Source: ok, StartupTimeout: 1}},
		{"RequestTimeout", Config{Source: ok, RequestTimeout: math.MinInt64}},
		{"Health.HealthCheckInterval", Config{Source: ok, Health: Health{HealthCheckInterval: 1}}},
		{"Health.HealthCheckInterval", Config{Source: ok, Health: Health{HealthCheckInterval: math.MaxInt64}}},
		{"Shutdown.ShutdownGrace", Config{Source: ok, Shutdown: Shutdown{ShutdownGrace: math.MaxInt64}}},
	} {
		t.Run(tt.field, func(t *testing.T) {
			p, err := Start(t.Context(), tt.config)
			if err == nil {
				closePool(t, p)
			}
			if c, ok := errors.AsType[*ConfigError](err); !ok || c.Field != tt.field {
				t.Errorf("Start = %v; want a problem of %s", err, tt.field)
			}
		})
	}
}

// Rows: R5.
func TestBackoff_WorkersThatDieUnused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{mortal: time.Millisecond}
		p := startFake(t, f, Config{})
		time.Sleep(time.Minute)
		if n := p.Stats().Started; n < 8 || n > 20 { // after 0.1, 0.3, 0.7, 1.5, 3.1, 6.3 and 12.7 s, then every 10 s
			t.Errorf("%d workers in a minute; want the pauses between them to double", n)
		}
		f.live()
		time.Sleep(12500 * time.Millisecond) // a worker of that age does not count as a failed start
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want the worker that lives", err)
		}
		workersOf(p)[0].kill()
		synctest.Wait()
		if n := p.Stats().Workers["ready"]; n != 1 {
			t.Errorf("%d workers; want a used one replaced at once", n)
		}
		closePool(t, p)
	})
}

// Rows: R5.
func TestBreaker_StartsThatFailRepeatedly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 2}, Breaker: Breaker{BreakerThreshold: 3, BreakerCoolDown: time.Minute}})
		defer closePool(t, p)
		var starts atomic.Int64
		f.setStart(func(context.Context, uint64) error {
			starts.Add(1)
			return errors.New("no module named numpy")
		})
		workersOf(p)[0].kill()
		time.Sleep(50 * time.Second)
		if s := p.Stats(); starts.Load() != 3 || s.Breaker != "open" || s.Phase != "degraded" {
			t.Errorf("%d starts, %+v; want 3, an open breaker, and a degraded pool", starts.Load(), s)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want the worker that is left", err)
		}
		time.Sleep(time.Minute)
		if starts.Load() != 4 {
			t.Errorf("%d starts; want one more after the pause", starts.Load())
		}
		f.setStart(nil)
		time.Sleep(2 * time.Minute)
		if s := p.Stats(); s.Breaker != "closed" || s.Workers["ready"] != 2 {
			t.Errorf("%+v; want a closed breaker and two workers", s)
		}
	})
}
