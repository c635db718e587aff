package echo

import (
	"context"
	"strconv"

	"github.com/fsmgen/fsmgen/pool/proc"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// worker is a process as a pool starts it, and its connection, without the pool.
type worker struct {
	process *proc.Process
	data    *wire.Data
}

func (p *Python) workers(ctx context.Context, n int) (*service, error) {
	var spawner proc.Spawner
	s := &service{close: func() error {
		spawner.Close()
		return nil
	}}
	for i := range n {
		w, err := p.worker(ctx, &spawner, i)
		if err != nil {
			spawner.Close()
			return nil, err
		}
		s.clients = append(s.clients, w)
	}
	return s, nil
}

func (p *Python) worker(ctx context.Context, spawner *proc.Spawner, i int) (*worker, error) {
	process, err := spawner.Start(proc.Spec{Path: p.path, Args: []string{p.script("worker.py")}, Env: p.environment()})
	if err != nil {
		return nil, err
	}
	w := &worker{process, wire.NewData(process.Data(), 0)}
	_, err = w.data.Handshake(ctx, wire.Welcome{Worker: strconv.Itoa(i)})
	return w, err
}

func (w *worker) echo(ctx context.Context) error {
	response, err := w.data.Exchange(ctx, wire.Request{Command: "echo", Payload: message})
	if err != nil {
		return err
	}
	return check(response.Payload)
}
