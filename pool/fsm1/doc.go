// Package fsm1 is the pool's side of fsm1, the protocol of workers that have an SDK: several requests at once, streams both ways,
// cancellation, probes during a request, the worker's log, the state of sessions, and shared memory for large payloads.
//
//	link := fsm1.New(data, control, fsm1.Config{})
//	peer, err := link.Handshake(ctx, wire.Welcome{Worker: "dspy-7"})
//	res, err := link.Exchange(ctx, wire.Request{Command: "predict", Payload: in})
//	err = link.Shutdown(ctx, "drained")
//
// A worker has three descriptors: data carries requests and their answers, control carries cancellation, probes, the log and the
// order to shut down, lifeline never carries a byte. A link runs over any two [wire.Stream], so a peer in the same process can
// play the worker, for the test of an SDK. [Pair] makes the sockets for a real one.
//
// # Who reads
//
// With one slot the caller of [Link.Exchange] reads its answer itself: a goroutine in between would double the latency. With
// more slots a goroutine reads for all callers, and so does one for a request that streams both ways. A goroutine always reads
// control.
//
// # Errors
//
// After a frame that breaks the rules the connection is lost ([wire.LostError]) and its worker has to be replaced: a reader
// cannot find the start of the next frame.
package fsm1
