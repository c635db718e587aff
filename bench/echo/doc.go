// Package echo measures one round trip to a Python process: a hundred bytes there and back.
//
// The limit is a minimal Python loop on a bare socketpair, which gets and answers the same frames as a worker of a pool.
// Between it and the pool stands the worker without the pool: the SDK and the wire alone.
package echo
