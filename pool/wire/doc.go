// Package wire speaks fsm1, the protocol between a pool and a worker process.
//
// A worker has three descriptors: data carries requests and their answers,
// control carries health probes and the order to shut down, lifeline never
// carries a byte. [Data] and [Control] are the pool's ends of the first two:
//
//	data := wire.NewData(stream, 0)
//	peer, err := data.Handshake(ctx, wire.Welcome{Worker: "dspy-7"})
//	res, err := data.Exchange(ctx, wire.Request{Command: "predict", Payload: in})
//
//	control := wire.NewControl(stream)
//	pong, err := control.Ping(ctx)
//	err = control.Shutdown(ctx, "drained")
//
// Neither knows what a process is: both run over any [Stream], so a peer in
// the same process can play the worker. [Pair] makes the sockets for a real one.
//
// [Frame], [Append] and [Decode] are the layout alone, without I/O. The bytes
// are described for implementers of other SDKs in docs/wire.md, and
// testdata/vectors.json holds frames that every implementation has to agree on.
//
// Nothing resynchronises: after a frame that breaks the rules the connection is
// lost ([LostError]) and its worker has to be replaced.
package wire
