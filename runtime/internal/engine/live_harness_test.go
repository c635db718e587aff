package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// liveTurnstile is a turnstile with a server.
type liveTurnstile struct {
	server engine.Server
	t      turnstile
}

func start(c fsm.Config, setup ...func(t *turnstile)) *liveTurnstile {
	s := new(liveTurnstile)
	s.t.engine.Init(turnstileInfo, locked)
	s.server.Open(&s.t, &s.t.engine, c)
	for _, f := range setup {
		f(&s.t)
	}
	if !s.server.Release(nil) {
		var err error
		s.server.Leave(&err, nil)
	}
	return s
}

func (s *liveTurnstile) Coin(ctx context.Context) (int, error) {
	if s.server.Enter() {
		if reply, err := s.coinDirect(); err != fsm.ErrPending {
			return reply, err
		}
	}
	return engine.Call[int](ctx, &s.server, coin{})
}

func (s *liveTurnstile) coinDirect() (reply int, err error) {
	err = engine.ErrUnfinished
	defer func() {
		if !s.server.Release(err) {
			s.server.Leave(&err, recover())
		}
	}()
	return s.t.onCoin()
}

func (s *liveTurnstile) Push(ctx context.Context) error {
	if s.server.Enter() {
		if err := s.pushDirect(); err != fsm.ErrPending {
			return err
		}
	}
	_, err := engine.Call[struct{}](ctx, &s.server, push{})
	return err
}

func (s *liveTurnstile) pushDirect() (err error) {
	err = engine.ErrUnfinished
	defer func() {
		if !s.server.Release(err) {
			s.server.Leave(&err, recover())
		}
	}()
	return s.t.onPush()
}

func (s *liveTurnstile) Visit(ctx context.Context, who string) error {
	if s.server.Enter() {
		if err := s.visitDirect(who); err != fsm.ErrPending {
			return err
		}
	}
	_, err := engine.Call[struct{}](ctx, &s.server, visit{who})
	return err
}

func (s *liveTurnstile) visitDirect(who string) (err error) {
	err = engine.ErrUnfinished
	defer func() {
		if !s.server.Release(err) {
			s.server.Leave(&err, recover())
		}
	}()
	return s.t.onVisit(visit{who})
}

// Do runs f as a hook, directly if the machine is idle.
func (s *liveTurnstile) Do(ctx context.Context, f func(t *turnstile)) error {
	if s.server.Enter() {
		if err := s.doDirect(f); err != fsm.ErrPending {
			return err
		}
	}
	return s.DoBoxed(ctx, f)
}

func (s *liveTurnstile) doDirect(f func(t *turnstile)) (err error) {
	err = engine.ErrUnfinished
	defer func() {
		if !s.server.Release(err) {
			s.server.Leave(&err, recover())
		}
	}()
	return s.t.onDo(do{f})
}

// DoBoxed runs f as a hook, by way of the mailbox.
func (s *liveTurnstile) DoBoxed(ctx context.Context, f func(t *turnstile)) error {
	_, err := engine.Call[struct{}](ctx, &s.server, do{f})
	return err
}

func (s *liveTurnstile) State() string { return turnstileInfo.States[s.server.StateID()] }

// Log returns what happened so far.
func (s *liveTurnstile) Log(t *testing.T) []string {
	t.Helper()
	var log []string
	if err := s.server.Inspect(t.Context(), func() { log = slices.Clone(s.t.log) }); err != nil {
		t.Fatalf("Inspect() = %v", err)
	}
	return log
}

// held runs f while a hook keeps the machine busy: whatever f sends has to wait in the mailbox.
func held(t *testing.T, s *liveTurnstile, f func()) {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Do(context.Background(), func(*turnstile) { close(busy); <-free }); err != nil {
			t.Errorf("Do() = %v", err)
		}
	})
	<-busy
	f()
	close(free)
	wg.Wait()
}

// stop ends the machine of a test and waits for its goroutines.
func stop(t *testing.T, s *liveTurnstile) {
	t.Helper()
	if err := s.server.Stop(context.Background(), nil); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	<-s.server.Done()
}
