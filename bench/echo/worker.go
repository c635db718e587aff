package echo

import (
	"context"
	"errors"
	"strconv"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// worker is a process as a pool starts it, and its link, without the pool.
type worker struct {
	process *proc.Process
	link    *fsm1.Link
}

func (p *Python) workers(ctx context.Context, n int) (*service, error) {
	var spawner proc.Spawner
	s := &service{close: func() error {
		spawner.Close()
		return nil
	}}
	for i := range n {
		w, err := p.worker(ctx, &spawner, "worker.py", wire.Welcome{Worker: strconv.Itoa(i)})
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.clients = append(s.clients, w)
	}
	return s, nil
}

func (p *Python) worker(ctx context.Context, spawner *proc.Spawner, script string, welcome wire.Welcome) (*worker, error) {
	process, err := spawner.Start(proc.Spec{Path: p.Path(), Args: []string{p.Script(script)}, Env: p.Environment()})
	if err != nil {
		return nil, err
	}
	w := &worker{process, fsm1.New(process.Data(), process.Control(), fsm1.Config{})}
	_, err = w.link.Handshake(ctx, welcome)
	return w, err
}

// single is a service of one worker, of which as makes the client.
func (p *Python) single(ctx context.Context, script string, shared wire.Shared, as func(*worker) client) (*service, error) {
	var spawner proc.Spawner
	w, err := p.worker(ctx, &spawner, script, wire.Welcome{Worker: "0", Shared: shared})
	if err != nil {
		spawner.Close()
		return nil, err
	}
	return &service{[]client{as(w)}, func() error {
		spawner.Close()
		return nil
	}}, nil
}

func (w *worker) echo(ctx context.Context) error {
	response, err := w.link.Exchange(ctx, wire.Request{Command: "echo", Payload: message})
	if err != nil {
		return err
	}
	return check(response.Payload)
}
