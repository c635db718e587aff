package pool

import (
	"context"
	"log/slog"
	"reflect"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Protocol is what a pool and its workers speak. The zero value is fsm1, that of the SDK: requests at once, streams,
// cancellation, sessions that move. The others make workers of programs that know nothing of pools.
type Protocol struct {
	spec *protocolSpec // nil for fsm1
}

type protocolSpec struct {
	config any // what it was made of
	link   func(stdio wire.Stdio, c *Config, logger *slog.Logger) wire.Link
}

// same reports whether both were made of equal configurations. Functions cannot be compared: a protocol that has some is the
// same as itself only.
func (p Protocol) same(other Protocol) bool {
	if p.spec == nil || other.spec == nil {
		return p.spec == other.spec
	}
	return p.spec == other.spec || reflect.DeepEqual(p.spec.config, other.spec.config)
}

// Packet4 is the protocol of Erlang ports: JSON behind its length on standard input and output. Zero bounds of the
// configuration are the pool's.
func Packet4(p wire.Packet4Config) Protocol {
	return Protocol{&protocolSpec{p, func(stdio wire.Stdio, c *Config, _ *slog.Logger) wire.Link {
		own := p // workers start side by side
		own.Limit = or(own.Limit, c.MaxPayload+frameRoom)
		return wire.NewPacket4(stdio, own)
	}}}
}

// JSONRPC is JSON-RPC 2.0 on standard input and output. [wire.MCP] and [wire.LSP] are configurations of it. The command of
// a request is the method, its payload the params. Lines on standard output that are no message go to the log, unless the configuration has a Text.
func JSONRPC(j wire.JSONRPCConfig) Protocol {
	return Protocol{&protocolSpec{j, func(stdio wire.Stdio, c *Config, logger *slog.Logger) wire.Link {
		own := j // like Packet4
		if own.Text == nil {
			own.Text = func(line string) { logger.Info(line, "stream", "stdout") }
		}
		own.Limit, own.Grace = or(own.Limit, c.MaxPayload+frameRoom), or(own.Grace, c.CancelGrace)
		return wire.NewJSONRPC(stdio, own)
	}}}
}

// opener returns what makes the link to a process.
func (p Protocol) opener(c *Config) func(*proc.Process, *slog.Logger) wire.Link {
	limit, grace := c.MaxPayload+frameRoom, c.CancelGrace
	return func(process *proc.Process, logger *slog.Logger) wire.Link {
		if p.spec != nil {
			return p.spec.link(wire.Stdio{Stdin: process.Stdin(), Stdout: process.Stdout()}, c, logger)
		}
		return wire.NewFSM1(process.Data(), process.Control(), wire.FSM1Config{
			Limit: limit, Grace: grace,
			Log: func(r wire.LogRecord) { _ = logger.Handler().Handle(context.Background(), r.Record()) }, // a log complains to nobody
		})
	}
}
