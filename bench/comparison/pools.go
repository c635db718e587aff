package comparison

import (
	"context"
	"embed"

	"github.com/fsmgen/fsmgen/bench/script"
	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool"
)

// Scripts are what the workers run.
//
//go:embed worker.py
var Scripts embed.FS

// Request is a request that both pools can serve.
type Request struct {
	Command string
	Session string
	Payload []byte
}

// Answer is the answer of either pool.
type Answer struct {
	Payload []byte
	Rebound bool // the pool says that the state of the session was lost
}

// Pool is a basic or a full pool.
type Pool interface {
	Execute(ctx context.Context, r Request) (Answer, error)
	Close() error
}

// Kind is one kind of pool.
type Kind struct {
	Name string
	// Start starts a pool of n workers, whose environment has the variables too, each as NAME=value.
	Start func(ctx context.Context, n int, variables ...string) (Pool, error)
}

// Kinds are all kinds of pool, on one interpreter.
type Kinds struct {
	Basic      Kind
	Full       Kind // with its defaults, but no worker is recycled for its number of requests: the basic pool recycles none
	Recycling  Kind // with all defaults
	Checkpoint Kind // Full, in which every answer brings the state of its session along
}

// NewKinds returns the kinds whose workers run the script in the directory of p.
func NewKinds(p *script.Python) Kinds {
	return Kinds{
		Basic: Kind{"basic", func(ctx context.Context, n int, variables ...string) (Pool, error) {
			path := p.Script("worker.py")
			return StartBasic(ctx, proc.Spec{Path: p.Path(), Args: []string{path}, Env: append(p.Environment(), variables...)}, n)
		}},
		Full:       full("full", p, pool.Config{Recycle: pool.Recycle{MaxWorkerRequests: -1}}),
		Recycling:  full("full, recycling", p, pool.Config{}),
		Checkpoint: full("full, with `Checkpoint`", p, pool.Config{Recycle: pool.Recycle{MaxWorkerRequests: -1}, Sessions: pool.Sessions{Checkpoint: true}}),
	}
}

// Full is the pool of this module.
type Full struct{ pool *pool.Pool }

func full(name string, p *script.Python, c pool.Config) Kind {
	return Kind{name, func(ctx context.Context, n int, variables ...string) (Pool, error) {
		c := c
		c.Size = pool.Size{Min: n}
		c.Source = &pool.ProcessSource{Script: p.Script("worker.py"), Path: p.Path(), AddEnv: variables}
		started, err := pool.Start(ctx, c)
		if err != nil {
			return nil, err
		}
		return Full{started}, nil
	}}
}

// Execute is that of the pool.
func (f Full) Execute(ctx context.Context, r Request) (Answer, error) {
	var options []pool.Option
	if r.Session != "" {
		options = append(options, pool.Session(r.Session))
	}
	result, err := f.pool.Execute(ctx, r.Command, r.Payload, options...)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Payload: result.Payload, Rebound: result.Rebound}, nil
}

// Close ends every process.
func (f Full) Close() error { return f.pool.Close(context.Background()) }
