package kitchenfsm

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// start returns a live kitchen.
func start(t *testing.T, b *brigade) *Server {
	t.Helper()
	s, err := Start(b.hooks(), Params{}, fsm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// end stops a kitchen that a bubble must not leave behind.
func end(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Control().Stop(context.Background(), nil); err != nil && !errors.Is(err, fsm.ErrStopped) {
		t.Error(err)
	}
}

func TestServer_InvokeRunsBesideTheMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := make(chan int)
		s := start(t, &brigade{heat: func(context.Context) (int, error) { return <-hot, nil }})
		defer end(t, s)
		order := make(chan error)
		go func() {
			_, err := s.Order(t.Context(), 1, "soup") // waits until the kitchen is open
			order <- err
		}()
		synctest.Wait()
		if s.State() != StateCold {
			t.Fatalf("the state is %v; want cold", s.State())
		}
		hot <- 3
		if err := <-order; err != nil || s.State() != StateFrying {
			t.Errorf("Order() = %v in %v; want it taken", err, s.State())
		}
	})
}

// The orders wait while the stove is cold, so their failures come by way of the queues; the one after them comes from
// the goroutine of its own caller.
func TestServer_RepliesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := make(chan int)
		b := &brigade{heat: func(context.Context) (int, error) { return <-hot, nil }, route: RouteRefuse, confirm: errBlack}
		s := start(t, b)
		defer end(t, s)
		const guests = 4
		failures := make(chan error, guests)
		order := func() {
			_, err := s.Order(t.Context(), 1, "soup")
			failures <- err
		}
		for range guests {
			go order()
		}
		synctest.Wait()
		hot <- 3
		for range guests {
			if err := <-failures; !errors.Is(err, errBlack) {
				t.Errorf("an order that waited: %v; want %v", err, errBlack)
			}
		}
		if order(); !errors.Is(<-failures, errBlack) {
			t.Errorf("an order of an idle kitchen does not fail with %v", errBlack)
		}
		if got := s.State(); got != StateIdle {
			t.Errorf("the state is %v; want idle", got)
		}
	})
}

func TestServer_EndWaitsForItsInvokes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cold := make(chan struct{})
		s := start(t, &brigade{heat: func(ctx context.Context) (int, error) {
			<-ctx.Done()
			<-cold
			return 0, context.Cause(ctx)
		}})
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case <-s.Done():
			t.Error("the kitchen is done while its work runs")
		default:
		}
		close(cold)
		<-s.Done()
	})
}

func TestServer_LaterReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(brigade)
		s := start(t, b)
		defer end(t, s)
		synctest.Wait() // the stove is hot
		answers := make(chan time.Duration)
		for table := range 2 {
			go func() {
				d, err := s.Ask(t.Context(), table)
				if err != nil {
					t.Error(err)
				}
				answers <- d
			}()
			synctest.Wait()
		}
		b.callers[1].Reply(2 * time.Minute)
		if got := <-answers; got != 2*time.Minute {
			t.Errorf("the second caller is told %v; want 2m", got)
		}
		if b.callers[1].Fail(errBlack) {
			t.Error("a second answer counts")
		}
		b.callers[0].Reply(time.Minute)
		if got := <-answers; got != time.Minute {
			t.Errorf("the first caller is told %v; want 1m", got)
		}
	})
}

func TestServer_EndWithoutALaterReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, new(brigade))
		synctest.Wait()
		failed := make(chan error)
		go func() {
			_, err := s.Ask(t.Context(), 1)
			failed <- err
		}()
		synctest.Wait()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-failed; !errors.Is(err, fsm.ErrStopped) {
			t.Errorf("Ask() = %v; want ErrStopped", err)
		}
		<-s.Done()
	})
}

func TestServer_Timers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(brigade)
		s := start(t, b)
		defer end(t, s)
		synctest.Wait()
		if _, err := s.Order(t.Context(), 1, "soup"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if s.State() != StateFrying {
			t.Errorf("after 29 s the state is %v; want frying", s.State())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s.State() != StateIdle {
			t.Errorf("after 31 s the state is %v; want idle", s.State())
		}
	})
}

func TestServer_WouldBetweenTwoEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, new(brigade))
		defer end(t, s)
		synctest.Wait()
		if _, err := s.Order(t.Context(), 1, "soup"); err != nil {
			t.Fatal(err)
		}
		for table, want := range []bool{false, true} {
			if got, err := s.WouldServe(t.Context(), table); got != want || err != nil {
				t.Errorf("WouldServe(%d) = %v, %v; want %v", table, got, err, want)
			}
		}
	})
}
