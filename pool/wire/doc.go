// Package wire is the contract between a pool and the connection to one worker.
//
// A pool calls a [Link]: [Link.Handshake] once, then [Link.Exchange], [Link.Stream] and the other methods, in the end
// [Link.Shutdown] and [Link.Close]. Each protocol has a package that implements Link: pool/fsm1 for workers with an SDK,
// packages that only the pool imports for programs that know nothing of pools.
//
// The errors say what is known about a request: whether it ran, whether it may run again, and whether the worker can be used
// afterwards. [Link.Exchange] lists them. Texts of a worker in them are printable and bounded.
//
// testdata/vectors.json holds frames of fsm1, valid and invalid, that the SDKs of all languages have to read the same way.
// docs/wire.md describes the bytes.
package wire
