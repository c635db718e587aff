package fsm1_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// everyMode runs a test with a worker of one slot, whose answers the caller reads, and with one of several.
func everyMode(t *testing.T, test func(t *testing.T, slots int)) {
	t.Helper()
	for _, slots := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d slots", slots), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, slots) })
		})
	}
}

func echoes(t *testing.T, l wire.Link, text string) {
	t.Helper()
	got, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte(text)})
	if err != nil || string(got.Payload) != text {
		t.Errorf("echo %s = %s, %v", text, got.Payload, err)
	}
}

func TestCancel_WorkerStaysUsable(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		for range 3 {
			begin := time.Now()
			_, err := l.Exchange(wiretest.Impatient(t, time.Minute), wire.Request{Command: "wait"})
			if e := wiretest.WantError[*wire.CancelledError](t, err); !errors.Is(e, wiretest.ErrPatience) || time.Since(begin) != time.Minute {
				t.Errorf("Exchange = %v after %v; want the cause after a minute", err, time.Since(begin))
			}
			echoes(t, l, `"next"`)
		}
	})
}

func TestCancel_WorkerDoesNotStop(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{Grace: 5 * time.Second}, wire.Welcome{})
		begin := time.Now()
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wire.Request{Command: "deaf"})
		lost := wiretest.WantError[*wire.LostError](t, err)
		if lost.Sent != wire.SentUnknown || !errors.Is(lost, wiretest.ErrPatience) || time.Since(begin) != 6*time.Second {
			t.Errorf("Exchange = %v after %v; want the cause and an unknown outcome after 6s", err, time.Since(begin))
		}
		_, err = l.Exchange(t.Context(), wire.Request{Command: "echo"})
		if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
			t.Errorf("the next request: %v; want not sent", err)
		}
	})
}

func TestImport_WorkerThatDoesNotStop(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{Grace: 5 * time.Second}, wire.Welcome{})
		s := wire.Session{ID: "s", Generation: 1}
		begin := time.Now()
		err := l.Import(wiretest.Impatient(t, time.Second), s, wire.Snapshot{Payload: []byte(`"deaf"`)})
		if lost := wiretest.WantError[*wire.LostError](t, err); !errors.Is(lost, wiretest.ErrPatience) || time.Since(begin) != 6*time.Second {
			t.Errorf("Import = %v after %v; want the cause of its context after 6s", err, time.Since(begin))
		}
		err = l.Import(t.Context(), s, wire.Snapshot{Payload: []byte(`{}`)})
		if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
			t.Errorf("the next import: %v; want not sent", err)
		}
	})
}

func TestCancel_QuickerAnswer(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(frame.TypeRequest)
			time.Sleep(1500 * time.Millisecond)
			p.says(frame.TypeResponse, f.ID, `"late"`)
		}
		got, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		if err != nil || string(got.Payload) != `"late"` {
			t.Errorf("Exchange = %s, %v; want the answer", got.Payload, err)
		}
	})
}

func TestCheckpoint_AfterACancellation(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(frame.TypeRequest)
			time.Sleep(1500 * time.Millisecond)
			p.says(frame.TypeSnapshot, f.ID, "7")
			p.says(frame.TypeError, f.ID, `{"kind":"handler_error","message":"was cancelled"}`)
		}
		got, err := l.Exchange(wiretest.Impatient(t, time.Second), wire.Request{Checkpoint: true})
		if wiretest.WantError[*wire.RemoteError](t, err); got.State == nil || string(got.State.Payload) != "7" {
			t.Errorf("Exchange = %+v; want the state 7", got)
		}
	})
}

func TestCancel_ErrorIsTheAnswer(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(frame.TypeRequest)
			time.Sleep(1500 * time.Millisecond)
			p.says(frame.TypeError, f.ID, `{"kind":"handler_error","message":"was cancelled"}`)
		}
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		wiretest.WantError[*wire.RemoteError](t, err)
	})
}

func TestCancel_WorkerWithoutCapability(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := play(t, func(p peer) {
			p.says(frame.TypeHello, 0, hello)
			p.reads(frame.TypeWelcome)
			p.says(frame.TypeReady, 0, `{}`)
			p.reads(frame.TypeRequest)
			time.Sleep(time.Hour)
		})
		control := play(t, func(p peer) { _, _ = p.conn.ReadFrame() })
		l := fsm1.New(data, control, fsm1.Config{})
		defer l.Close()
		if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		if wiretest.WantError[*wire.LostError](t, err); time.Since(begin) != time.Second {
			t.Errorf("Exchange = %v after %v; want it after 1s", err, time.Since(begin))
		}
	})
}

func TestCancel_UnrequestedCancelled(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) { p.says(frame.TypeCancelled, p.reads(frame.TypeRequest).ID, "") }
		_, err := l.Exchange(t.Context(), wiretest.Predict)
		wiretest.WantError[*wire.LostError](t, err)
		wiretest.WantError[*wire.ProtocolError](t, err)
	})
}

func TestMux_RequestsBesideALostOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, 2, fsm1.Config{}, wire.Welcome{})
		beside := make(chan error)
		go func() {
			_, err := l.Exchange(wiretest.Impatient(t, time.Minute), wire.Request{Command: "wait"})
			beside <- err
		}()
		synctest.Wait()
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wire.Request{Command: "deaf"})
		wiretest.WantError[*wire.LostError](t, err)
		wiretest.WantError[*wire.CancelledError](t, <-beside)
	})
}

func TestControl_CloseEndsCalls(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		done := make(chan error)
		go func() {
			_, err := l.Exchange(t.Context(), wire.Request{Command: "wait"})
			done <- err
		}()
		synctest.Wait()
		l.Close()
		if err := <-done; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("Exchange = %v; want it closed", err)
		}
	})
}

// scripted returns a link to a worker that plays one script after the other, in a goroutine that ends with the test. Its control
// connection takes whatever comes.
func scripted(t *testing.T, slots int) (*fsm1.Link, chan<- func(p peer)) {
	t.Helper()
	scripts := make(chan func(p peer))
	data := play(t, func(p peer) {
		p.says(frame.TypeHello, 0, fmt.Sprintf(`{"versions":[1],%s,"slots":%d}`, capable, slots))
		p.reads(frame.TypeWelcome)
		p.says(frame.TypeReady, 0, `{}`)
		for script := range scripts {
			script(p)
		}
		_, _ = p.conn.ReadFrame() // the end
	})
	control := play(t, func(p peer) {
		for {
			if _, err := p.conn.ReadFrame(); err != nil {
				return
			}
		}
	})
	l := fsm1.New(data, control, fsm1.Config{})
	t.Cleanup(func() {
		close(scripts)
		l.Close()
	})
	if _, err := l.Handshake(t.Context(), wire.Welcome{Slots: slots}); err != nil {
		t.Fatal(err)
	}
	return l, scripts
}

func TestCancelled_RequestThatHadNotBegun(t *testing.T) {
	for meta, begun := range map[string]bool{"": true, `{}`: true, `{"begun":true}`: true, `{"begun":false}`: false} {
		t.Run(meta, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				for range 2 {
					script <- func(p peer) {
						f := p.reads(frame.TypeRequest)
						time.Sleep(1500 * time.Millisecond)
						p.writes(frame.Frame{Type: frame.TypeCancelled, ID: f.ID, Meta: []byte(meta)})
					}
					_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
					if e := wiretest.WantError[*wire.CancelledError](t, err); e.Begun != begun || !errors.Is(e, wiretest.ErrPatience) {
						t.Errorf("Exchange = %v, begun %v; want %v", err, e.Begun, begun)
					}
				}
			})
		})
	}
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(frame.TypeRequest)
			time.Sleep(1500 * time.Millisecond)
			p.writes(frame.Frame{Type: frame.TypeCancelled, ID: f.ID, Meta: []byte(`{"begun":7}`)})
		}
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		wiretest.WantError[*wire.LostError](t, err)
		wiretest.WantError[*wire.ProtocolError](t, err)
	})
}

// watched is a context that is a interrupt.Watchable.
type watched struct {
	context.Context

	mu       sync.Mutex
	watchers map[interrupt.Watcher]func() bool
}

func (w *watched) Watch(x interrupt.Watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watchers == nil {
		w.watchers = make(map[interrupt.Watcher]func() bool)
	}
	w.watchers[x] = context.AfterFunc(w.Context, x.ContextEnded)
}

func (w *watched) Unwatch(x interrupt.Watcher) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	stop := w.watchers[x]
	delete(w.watchers, x)
	return stop != nil && stop()
}

// left is how many watchers have not been taken back.
func (w *watched) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.watchers)
}

func TestExchange_WatchableContext(t *testing.T) {
	for _, tt := range []struct {
		name    string
		command string
		want    error
	}{
		{"the answer comes first", "echo", nil},
		{"the context ends first", "wait", wiretest.ErrPatience},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := link(t, 1, fsm1.Config{}, wire.Welcome{})
				for range 2 {
					ctx := &watched{Context: wiretest.Impatient(t, time.Second)}
					_, err := l.Exchange(ctx, wire.Request{Command: tt.command, Payload: []byte("1")})
					if !errors.Is(err, tt.want) {
						t.Errorf("Exchange = %v; want %v", err, tt.want)
					}
					if n := ctx.left(); n != 0 {
						t.Errorf("%d watchers are left; want 0", n)
					}
					echoes(t, l, `"next"`)
				}
			})
		})
	}
}
