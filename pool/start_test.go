package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAConfigurationNamesEveryProblem(t *testing.T) {
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

func TestGrowingIsNotSupportedYet(t *testing.T) {
	_, err := Start(t.Context(), Config{Source: &fake{}, Size: Size{Min: 1, Max: 2}})
	if !errors.Is(err, ErrNotSupported) || !is[*ConfigError](err) {
		t.Errorf("Start = %v; want ErrNotSupported about Size.Max", err)
	}
}

func TestAStartThatHangsFailsAtTheStartupTimeout(t *testing.T) {
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

func TestAStartThatFailsIsTriedAgain(t *testing.T) {
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

func TestAStartGivesUpWithTheFirstReason(t *testing.T) {
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

func TestAStartWithSomeWorkersReadyIsDegraded(t *testing.T) {
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

func TestTheEndOfItsContextCancelsAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := Start(ctx, Config{Source: &fake{start: hang}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Start = %v; want the end of its context", err)
		}
	})
}
