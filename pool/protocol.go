package pool

import (
	"context"
	"log/slog"
	"reflect"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/packet4"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Protocol is what a pool and its workers speak. The zero value is fsm1, that of the SDK: requests at once, streams,
// cancellation, sessions that move. The others make workers of programs that know nothing of pools.
type Protocol struct {
	spec *protocolSpec // nil for fsm1
}

type protocolSpec struct {
	config any // what it was made of
	link   func(pipes stdio.Pipes, c *Config, logger *slog.Logger) wire.Link
}

// same reports whether both were made of equal configurations. Functions cannot be compared: a protocol that has some is the
// same as itself only.
func (p Protocol) same(other Protocol) bool {
	if p.spec == nil || other.spec == nil {
		return p.spec == other.spec
	}
	return p.spec == other.spec || reflect.DeepEqual(p.spec.config, other.spec.config)
}

// Packet4Config says how a pool talks to workers of [Packet4]. The zero value is useful.
type Packet4Config struct {
	// Limit is the largest message in bytes. Zero means the MaxPayload of the pool, and room for the rest of a message.
	Limit int
	// SessionArg is the member of a request's arguments that names its session. Empty: the worker is not told.
	SessionArg string
}

// Packet4 is the protocol of Erlang ports: JSON behind its length on standard input and output. A request whose context ends is
// lost, and the worker with it, since it cannot be told to stop.
func Packet4(p Packet4Config) Protocol {
	return Protocol{&protocolSpec{p, func(pipes stdio.Pipes, c *Config, _ *slog.Logger) wire.Link {
		own := packet4.Config(p) // workers start side by side
		own.Limit = or(own.Limit, c.MaxPayload+frameRoom)
		return packet4.New(pipes, own)
	}}}
}

// opener returns what makes the link to a process.
func (p Protocol) opener(c *Config) func(*proc.Process, *slog.Logger) wire.Link {
	limit, grace := c.MaxPayload+frameRoom, c.CancelGrace
	return func(process *proc.Process, logger *slog.Logger) wire.Link {
		if p.spec != nil {
			return p.spec.link(stdio.Pipes{Stdin: process.Stdin(), Stdout: process.Stdout()}, c, logger)
		}
		return fsm1.New(process.Data(), process.Control(), fsm1.Config{
			Limit: limit, Grace: grace,
			Log: func(r fsm1.LogRecord) { _ = logger.Handler().Handle(context.Background(), r.Record()) }, // an error of a log handler has no receiver
		})
	}
}
