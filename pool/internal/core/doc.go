// Package core is a whole pool of workers as one plain value: which workers there are, which requests wait, which
// session is where, and what has to happen next. It is deterministic. It has no goroutine, lock, channel or clock, and
// it does no I/O.
//
// Its owner, package pool, calls it under one mutex, hands in the time, and carries out the effects that it returns:
//
//	c := core.New(config, 0)
//	lease, ticket, err := c.Acquire(now, core.Request{Session: "s"})
//	// exactly one is set: the lease of a worker, a ticket of the queue, or the reason for a refusal
//	decision := c.Release(now, lease, core.Verdict{Ran: true})
//	for _, e := range c.Effects() { ... } // Spawn, Kill, Granted, ...
//	at, armed := c.Deadline()             // call Tick at that time
//
// One fact has one place. The lifecycle of a worker, its slots in use and its failures belong to its generated machine
// (workerfsm), the phase of the pool to poolfsm, the pause after failed starts to breakerfsm. All machines are plain
// values on one virtual clock. A checkout is a step of the worker's machine in the same call that chooses the worker, so
// it cannot be refused afterwards.
//
// A step of one machine may concern another one: a worker that becomes ready is an event of the pool's machine. A hook
// never runs another machine. It appends a message to Core.inbox, which the running call delivers before it returns.
package core
