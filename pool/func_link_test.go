package pool

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// meeting is the handler that the contract of links wants.
type meeting struct {
	mu     sync.Mutex
	inside int
	all    chan struct{} // closed when enough requests are inside
}

func (m *meeting) handle(ctx context.Context, r *Request) ([]byte, error) {
	switch r.Command {
	case "echo":
		return r.Payload, nil
	case "meet":
		return nil, m.meet(ctx, r.Payload)
	case "wait":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	case "die":
		panic("told to")
	case "fail":
		return nil, errors.New("told to")
	case "add":
		n, _ := r.State["n"].(float64)
		r.State["n"] = n + 1
		return strconv.AppendInt(nil, int64(n+1), 10), nil
	}
	return nil, ErrUnknownCommand
}

// meet returns when as many requests are inside as the payload says.
func (m *meeting) meet(ctx context.Context, payload []byte) error {
	var args struct{ N int }
	if err := json.Unmarshal(payload, &args); err != nil {
		return err
	}
	m.mu.Lock()
	if m.inside == 0 {
		m.all = make(chan struct{})
	}
	m.inside++
	all := m.all
	if m.inside == args.N {
		m.inside = 0
		close(all)
	}
	m.mu.Unlock()
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Rows: U5.
func TestFunc_KeepsTheContractOfLinks(t *testing.T) {
	sources := map[string]func(h HandlerFunc) launcher{
		"the source of programs": func(h HandlerFunc) launcher { return funcSource{handler: h, grace: 10 * time.Second} },
		"the source of tests":    func(h HandlerFunc) launcher { return &fake{handler: h, grace: 10 * time.Second} },
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			linktest.Run(t, linktest.Subject{Slots: []int{1, 4}, Cancels: true, Start: func(t *testing.T, slots int) linktest.Worker {
				i, err := source((&meeting{}).handle).launch(1, "")
				if err != nil {
					t.Fatal(err)
				}
				l := i.(wire.Link)
				t.Cleanup(func() { l.Close() })
				if _, err := l.Handshake(t.Context(), wire.Welcome{Slots: slots}); err != nil {
					t.Fatal(err)
				}
				return linktest.Worker{Link: l, Kill: i.kill}
			}})
		})
	}
}
