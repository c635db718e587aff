// Package echo measures what goes to a Python process and back: a hundred bytes above all, but also a mebibyte, through the
// socket and through shared memory, a stream, and a cancellation.
//
// The limit is a minimal Python loop on a bare socketpair. For a hundred bytes it gets and answers the same frames as a worker of
// a pool. Between it and the pool stands the worker without the pool: the SDK and the wire alone.
package echo
