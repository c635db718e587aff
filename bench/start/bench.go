// Package start measures how long Python workers with heavy imports take until all of them are ready, started one by one or
// forked by a server that has imported already, and how soon the caller of a killed worker knows.
//
// The limit is the same imports in processes that are started with os/exec alone and say one byte over a socket pair.
package start

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/script"
	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// goals bound the time until all workers are ready, compared with processes that only import.
const (
	execGoal = 1.2
	forkGoal = 0.1
)

// Bench is an interpreter and a fork server that has imported.
type Bench struct {
	python *interpreter
	server *proc.ForkServer
	forks  bool // the system has fork servers
}

// NewBench starts the fork server. It is to be closed. The error is a [proc.InterpreterError] if there is no Python.
func NewBench(ctx context.Context) (*Bench, error) {
	python, err := findPython(ctx)
	if err != nil {
		return nil, err
	}
	b := &Bench{python: python, server: &proc.ForkServer{Spawner: &proc.Spawner{}}}
	_, err = b.workers(ctx, b.server, 1)
	if _, refused := errors.AsType[*proc.RefusedError](err); err != nil && !refused {
		return nil, errors.Join(err, b.Close())
	}
	b.forks = err == nil
	return b, nil
}

// Close ends every process.
func (b *Bench) Close() error {
	b.server.Close()
	b.server.Spawner.Close()
	return b.python.Close()
}

// Groups compares the ways to start that many workers at once, and the ways to learn of a worker's end.
func (b *Bench) Groups(ctx context.Context, workers int) []compare.Group {
	candidate := func(name string, goal float64, measure func() (time.Duration, error)) compare.Candidate {
		return compare.Candidate{Name: name, Goal: goal, Measure: func() ([]float64, error) {
			d, err := measure()
			return []float64{d.Seconds() * 1e3}, err
		}}
	}
	started := compare.Group{
		Title:   fmt.Sprintf("%d Python workers with heavy imports until all are ready", workers),
		Figures: []compare.Figure{{Name: "ms"}},
		Limit:   candidate("os/exec, imports only", 0, func() (time.Duration, error) { return b.bares(workers) }),
		Others: []compare.Candidate{
			candidate("proc.Spawner", execGoal, func() (time.Duration, error) { return b.workers(ctx, &proc.Spawner{}, workers) }),
		},
	}
	if b.forks {
		started.Others = append(started.Others,
			candidate("proc.ForkServer", forkGoal, func() (time.Duration, error) { return b.workers(ctx, b.server, workers) }))
	}
	killed := compare.Group{
		Title:   "kill -9 of a worker until the caller of its request has the error",
		Figures: []compare.Figure{{Name: "ms"}},
		Limit:   candidate("end of a bare socketpair", 0, b.bareKilled),
		Others:  []compare.Candidate{candidate("wire.LostError", 0, func() (time.Duration, error) { return b.killed(ctx) })},
	}
	return []compare.Group{started, killed}
}

// bares starts processes that say one byte when they have imported.
func (b *Bench) bares(n int) (time.Duration, error) {
	all := make([]*bare, n)
	began := time.Now()
	err := inParallel(n, func(i int) (err error) {
		all[i], err = b.bare()
		return err
	})
	took := time.Since(began)
	for _, p := range all {
		if p != nil {
			err = errors.Join(err, p.close())
		}
	}
	return took, err
}

// starter is a Spawner or a ForkServer.
type starter interface {
	Start(proc.Spec) (*proc.Process, error)
}

// workers starts workers and shakes hands with each.
func (b *Bench) workers(ctx context.Context, s starter, n int) (time.Duration, error) {
	if spawner, ok := s.(*proc.Spawner); ok {
		defer spawner.Close()
	}
	all := make([]*proc.Process, n)
	began := time.Now()
	err := inParallel(n, func(i int) (err error) {
		if all[i], err = s.Start(b.python.worker()); err == nil {
			_, err = link(all[i]).Handshake(ctx, wire.Welcome{Worker: fmt.Sprint(i)})
		}
		return err
	})
	took := time.Since(began)
	for _, p := range all {
		if p != nil {
			p.Close()
		}
	}
	return took, err
}

func link(p *proc.Process) *fsm1.Link { return fsm1.New(p.Data(), p.Control(), fsm1.Config{}) }

func inParallel(n int, do func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// bare is a process without this project.
type bare struct {
	cmd  *exec.Cmd
	conn interface {
		Read(b []byte) (int, error)
		Close() error
	}
}

// bare returns when the process has imported.
func (b *Bench) bare() (*bare, error) {
	ours, theirs, err := fsm1.Pair()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(b.python.Path(), b.python.Script("bare.py"))
	cmd.Env, cmd.Stderr, cmd.ExtraFiles = b.python.Environment(), os.Stderr, []*os.File{theirs}
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	p := &bare{cmd, ours}
	if _, err := ours.Read(make([]byte, 1)); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// close ends the process by the end of its connection.
func (p *bare) close() error { return errors.Join(p.conn.Close(), p.cmd.Wait()) }

//go:embed heavy.py bare.py worker.py
var scripts embed.FS

// interpreter is a Python and a directory with the scripts that it is to run.
type interpreter struct{ *script.Python }

func findPython(ctx context.Context) (*interpreter, error) {
	p, err := script.FindPython(ctx, scripts)
	if err != nil {
		return nil, err
	}
	return &interpreter{p}, nil
}

func (p *interpreter) worker() proc.Spec {
	return proc.Spec{Path: p.Path(), Args: []string{p.Script("worker.py")}, Env: p.Environment()}
}
