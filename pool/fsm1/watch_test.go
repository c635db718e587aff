package fsm1_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

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
