package linkfsm

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// peer has the hooks of one link. Only the machine touches it, but for dial, which runs beside.
type peer struct {
	dial   func(ctx context.Context) error // nil: the connection is open at once
	got    []string
	conns  atomic.Int64 // how many were opened
	closed chan int     // nil: connections are not closed
}

func (p *peer) hooks() Hooks { return Hooks{Link: p} }

func (p *peer) Warm(_ *Ctx, text string) { p.got = append(p.got, "warm "+text) }

func (p *peer) Count(x *Ctx) { x.Data().Sent++ }

func (p *peer) Number(x *View, text string) int {
	p.got = append(p.got, text)
	return x.Data().Sent
}

func (p *peer) Keep(x *Ctx, conn int) { x.Data().Conn = conn }

func (p *peer) Dial(ctx context.Context, _ Data) (conn int, err error) {
	if p.dial != nil {
		err = p.dial(ctx)
	}
	return int(p.conns.Add(1)), err
}

func (p *peer) DiscardDial(conn int) { p.closed <- conn }

func (p *peer) Terminated(*Ctx, error) {}

// start returns a live link, which ends with the test.
func start(t *testing.T, p *peer) *Server {
	t.Helper()
	s, err := Start(p.hooks(), fsm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Control().Stop(context.Background(), nil) }) // the test may have ended it
	return s
}

func TestSend_OpensTheConnectionAndIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		s := start(t, p)
		for i, text := range []string{"a", "b"} { // the second finds it open
			if n, err := s.Send(t.Context(), text); n != i+1 || err != nil {
				t.Errorf("Send(%s) = %d, %v; want %d", text, n, err, i+1)
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Nudge(t.Context(), "c"); err != nil { // without a reply it waits as well
			t.Fatal(err)
		}
		if want := []string{"a", "b", "warm c"}; !slices.Equal(p.got, want) {
			t.Errorf("the peer got %q; want %q", p.got, want)
		}
	})
}

func TestSend_ManyAtOnceKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		p := &peer{dial: func(context.Context) error { <-open; return nil }}
		s := start(t, p)
		var numbers [4]int
		var group sync.WaitGroup
		for i, text := range []string{"a", "b", "c", "d"} {
			group.Go(func() {
				n, err := s.Send(t.Context(), text)
				if err != nil {
					t.Error(err)
				}
				numbers[i] = n
			})
			synctest.Wait() // it waits inside the machine
		}
		if s.State() != StateDialing || len(p.got) > 0 {
			t.Fatalf("the state is %v and the peer got %q; want dialing and nothing", s.State(), p.got)
		}
		close(open)
		group.Wait()
		if want := [4]int{1, 2, 3, 4}; numbers != want {
			t.Errorf("the numbers are %v; want %v", numbers, want)
		}
	})
}

func TestSend_FailsWithTheStateThatHandlesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("connection refused")
		s := start(t, &peer{dial: func(context.Context) error { return refused }})
		for range 2 {
			_, err := s.Send(t.Context(), "a")
			if unhandled, ok := errors.AsType[*fsm.UnhandledError](err); !ok || unhandled.State != "down_for_good" {
				t.Errorf("Send() = %v; want it not handled in down_for_good", err)
			}
		}
	})
}

func TestDiscardDial_GetsTheConnectionThatNoStateWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		dial := func(ctx context.Context) error { // it opens the connection also if the state is left
			select {
			case <-open:
			case <-ctx.Done():
			}
			return nil
		}
		p := &peer{dial: dial, closed: make(chan int)}
		s := start(t, p)
		for conn := 1; conn <= 3; conn++ {
			if err := s.CastNudge("a"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()                              // it dials
			if err := s.Close(t.Context()); err != nil { // "a" is tried again, and begins to dial anew
				t.Fatal(err)
			}
			if got := <-p.closed; got != conn {
				t.Errorf("connection %d is closed; want %d", got, conn)
			}
		}
		open <- struct{}{}
		synctest.Wait()
		if s.State() != StateUp {
			t.Errorf("the state is %v; want up with the last connection, which is not closed", s.State())
		}
	})
}

func TestSend_OfAMachineWithOneOwner(t *testing.T) {
	m, err := New((&peer{}).hooks())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Send("a"); err != fsm.ErrPending || m.State() != StateDialing { // the owner has not run dial yet
		t.Fatalf("Send() = %v in %v; want it to wait in dialing", err, m.State())
	}
	for _, work := range m.Invocations() {
		work.Run()
		if err := m.Finish(work); err != nil {
			t.Fatal(err)
		}
	}
	if m.State() != StateUp || m.Data().Sent != 1 {
		t.Errorf("the state is %v with %d sent; want up with 1", m.State(), m.Data().Sent)
	}
	if n, err := m.Send("b"); n != 2 || err != nil {
		t.Errorf("Send() = %d, %v; want 2", n, err)
	}
}
