package echo

import (
	"context"

	"github.com/fsmgen/fsmgen/pool"
)

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
