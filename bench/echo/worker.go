package echo

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/fsmgen/fsmgen/bench/script"
	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// client is a loop of round trips, one after the other. It belongs to one goroutine.
type client interface {
	echo(ctx context.Context) error
}

// service is a set of clients that work at the same time, and the processes behind them.
type service struct {
	clients []client
	close   func() error
}

// message is what goes there and back: a hundred bytes of JSON.
var message = fmt.Appendf(nil, "%q", bytes.Repeat([]byte("x"), 98))

// check says whether an answer is the echo.
func check(answer []byte) error {
	if !bytes.Equal(answer, message) {
		return fmt.Errorf("echo: answer %q: want %q", answer, message)
	}
	return nil
}

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

// pooled is a client of a pool that has as many workers as clients. They are not replaced after many requests: the start of
// another Python would be measured with the requests.
type pooled struct{ pool *pool.Pool }

func (p *Python) pooled(ctx context.Context, n int) (*service, error) {
	workers, err := pool.Start(ctx, pool.Config{
		Name: "echo", Source: pool.Python(p.Script("worker.py")), Size: pool.Size{Min: n},
		Recycle: pool.Recycle{MaxWorkerRequests: -1},
	})
	if err != nil {
		return nil, err
	}
	s := &service{close: func() error { return workers.Close(context.Background()) }}
	for range n {
		s.clients = append(s.clients, pooled{workers})
	}
	return s, nil
}

func (p pooled) echo(ctx context.Context) error {
	result, err := p.pool.Execute(ctx, "echo", message)
	if err != nil {
		return err
	}
	return check(result.Payload)
}

//go:embed *.py
var sources embed.FS

// Python is an interpreter, and a directory with the scripts that it is to run.
type Python struct{ *script.Python }

// FindPython finds the interpreter that a pool takes too. What it returns is to be closed. The error is a
// [proc.InterpreterError] if there is none.
func FindPython(ctx context.Context) (*Python, error) {
	p, err := script.FindPython(ctx, sources)
	if err != nil {
		return nil, err
	}
	return &Python{p}, nil
}
