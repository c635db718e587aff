package pool

import (
	"context"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Source makes the workers of a pool. [Python], [Command] and [Func] are the sources there are.
type Source interface {
	// check returns what is wrong with the source, empty if nothing is.
	check() string
	// open prepares what all workers of one pool share. Nothing of it is left when it fails.
	open(ctx context.Context, c *Config) (launcher, error)
}

// launcher starts the workers of one pool.
type launcher interface {
	// launch starts a worker, which from then on has to be closed. It does not wait for the worker to say anything.
	launch(worker uint64) (instance, error)
	// close releases what the workers shared. Every worker has been closed before.
	close()
}

// instance is one running worker, whatever it runs in.
type instance interface {
	// handshake waits until the worker is ready for requests.
	handshake(ctx context.Context, worker uint64) error
	// exchange sends one request and waits for its answer. One at a time.
	exchange(ctx context.Context, r wire.Request) (wire.Response, error)
	// ping asks the worker how it is, beside the requests.
	ping(ctx context.Context) (wire.Pong, error)
	// shutdown asks the worker to leave and waits for its word that it will.
	shutdown(ctx context.Context, reason string) error
	// terminate tells the worker to leave; kill does not ask. Neither waits.
	terminate()
	kill()

	// done is closed when the worker is gone and reaped; then exit says how it ended.
	done() <-chan struct{}
	exit() string
	// output returns the last lines that the worker printed.
	output() []string
	// pid is 0 for a worker that is no process.
	pid() int
	// close releases everything, killing first if need be.
	close()
}
