// Package pool keeps external worker processes alive and hands requests to them.
//
// A worker is a process of its own, Python first, that is slow to start, keeps state for its sessions, and may leak, hang
// or die. The pool starts workers, probes them, replaces the ones that are lost, and sends every request of a session to
// the worker that has the session's state:
//
//	p, err := pool.Start(ctx, pool.Config{Source: pool.Python("worker.py"), Size: pool.Size{Min: 4}})
//	...
//	defer p.Close(context.Background())
//	answer, err := pool.Call[Question, Answer](ctx, p, "ask", question, pool.Session("s-42"))
//
// What a worker and a pool are doing is decided by two state machines that fsmgen generated from worker.fsm.yaml and
// pool.fsm.yaml; this package carries out what they decide.
//
// No worker outlives the service, however that ends: the kernel kills it. A request that failed says what is known about its
// work: [OutcomeOf].
package pool
