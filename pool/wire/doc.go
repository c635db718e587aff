// Package wire carries requests from a pool to a worker process and answers back.
//
// A pool talks to a [Link]. [FSM1] is the one for workers that speak fsm1, the protocol of this package: several requests at
// once, streams both ways, cancellation, probes during a request, the worker's log, the state of sessions, and shared memory
// for large payloads. [Packet4] and [JSONRPC] are for programs that exist already and answer one request at a time.
//
//	link := wire.NewFSM1(data, control, wire.FSM1Config{})
//	peer, err := link.Handshake(ctx, wire.Welcome{Worker: "dspy-7"})
//	res, err := link.Exchange(ctx, wire.Request{Command: "predict", Payload: in})
//	err = link.Shutdown(ctx, "drained")
//
// A worker of fsm1 has three descriptors: data carries requests and their answers, control carries cancellation, probes, the
// log and the order to shut down, lifeline never carries a byte. [Data] and [Control] are the pool's ends of the first two.
// Neither knows what a process is: both run over any [Stream], so a peer in the same process can play the worker. [Pair]
// makes the sockets for a real one.
//
// # Who reads
//
// With one slot it is the caller of [FSM1.Exchange] who reads its answer: a goroutine in between would double the latency. With
// more, a goroutine reads for all of them, and so does one for a request that streams both ways. Control always has a goroutine,
// and a JSONRPC link too.
//
// # Bytes
//
// [Frame], [Append] and [Decode] are the layout alone, without I/O. The bytes are described for implementers of other SDKs in
// docs/wire.md, and testdata/vectors.json holds frames that every implementation has to agree on.
//
// Nothing resynchronises: after a frame that breaks the rules the connection is lost ([LostError]) and its worker has to be
// replaced.
package wire
