package pool

import (
	"context"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Source makes the workers of a pool. [Python], [Command] and [Func] are the sources there are.
type Source interface {
	// check returns what is wrong with the source, empty if nothing is.
	check() string
	// same reports whether the workers of both are alike, as far as that can be told.
	same(Source) bool
	// owned returns what the pool keeps of the source: one that its caller does not change.
	owned() Source
	// open prepares what all workers of one pool share. Nothing of it is left when it fails.
	open(ctx context.Context, c *Config) (launcher, error)
}

// launcher starts the workers of one pool.
type launcher interface {
	// launch starts a worker, which from then on has to be closed. It does not wait for the worker to say anything.
	launch(worker uint64, version string) (instance, error)
	// version is what tells workers of this source from those of others, where the configuration does not.
	version() string
	// close releases what the workers shared. Every worker has been closed before.
	close()
}

// instance is one running worker, whatever it runs in.
type instance interface {
	wire.Link
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
	// rss is the resident memory of the worker and its children in bytes, 0 where that is unknown.
	rss() int64
	// close releases everything, the link too, killing first if need be.
	close()
}
