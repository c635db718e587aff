package pool

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/internal/packet4"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Protocol is the protocol between a pool and its workers. The zero value is fsm1, that of the SDK: requests at once, streams,
// cancellation, sessions that move. The others make workers of programs that know nothing of pools.
type Protocol struct {
	spec *protocolSpec // nil for fsm1
}

// protocolSpec is a protocol other than fsm1. Link makes the connection to one worker, and is called by many goroutines.
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

// Packet4Config is the configuration of [Packet4]. The zero value is useful.
type Packet4Config struct {
	// Limit is the largest message in bytes. Zero means the MaxPayload of the pool, and room for the rest of a message.
	Limit int
	// SessionArg is the member of a request's arguments that names its session. Empty: the worker is not told.
	SessionArg string
}

// Packet4 is the protocol of Erlang ports: JSON behind its length on standard input and output. The end of the context of
// a request loses the request, and the worker with it, since it cannot be told to stop.
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

// JSONRPCConfig is the configuration of [JSONRPC]. The zero value is useful for a program that speaks JSON-RPC 2.0, a
// message a line, and needs no introduction; [MCP] and [LSP] return the configurations for theirs.
type JSONRPCConfig struct {
	// Headers: messages stand behind Content-Length headers. False: a message a line.
	Headers bool
	// Initialize runs before the first request. Nil: the program is ready as soon as it runs.
	Initialize func(ctx context.Context, c JSONRPCConn) error
	// Finish runs before the worker's standard input ends.
	Finish func(ctx context.Context, c JSONRPCConn) error
	// PingMethod is a method that a healthy worker answers. Empty: it cannot be probed.
	PingMethod string
	// Cancel returns the notification that asks the worker to stop a request. Nil: it cannot be asked, and a request whose
	// context ends is lost.
	Cancel func(id uint64) (method string, params any)
	// Grace is how long a worker has to answer a request that was cancelled, which it need not do, and then, where there is a
	// PingMethod, to answer a probe: a worker that does goes on. Zero means the CancelGrace of the pool.
	Grace time.Duration
	// Notified receives the notifications of the worker, on a goroutine of its own. When 256 wait, more are dropped, and Text
	// receives a line about that. Nil drops all.
	Notified func(method string, params json.RawMessage)
	// Text receives the lines on standard output that are no message of JSON-RPC, such as banners, each as one line of at most
	// 4 KiB and on a goroutine of its own. Where there are more than 1000 a second, or 256 that wait, they are dropped, and a
	// line says how many. Nil means the log of the pool. Where messages stand behind headers, such a line is a
	// [wire.ProtocolError].
	Text func(line string)
	// Limit is the largest message in bytes. Zero means the MaxPayload of the pool, and room for the rest of a message.
	Limit int
}

// JSONRPCConn is the connection to a worker as the hooks of a [JSONRPCConfig] see it. Call(ctx, method, params, result) calls a
// method and decodes what it returns, unless result is nil. Notify(ctx, method, params) tells the worker something that it does
// not answer.
type JSONRPCConn = jsonrpc.Conn

// JSONRPC is JSON-RPC 2.0 on standard input and output. The command of a request is the method, its payload the params. Lines on
// standard output that are no message go to the log, unless the configuration has a Text.
func JSONRPC(j JSONRPCConfig) Protocol {
	return Protocol{&protocolSpec{j, func(pipes stdio.Pipes, c *Config, logger *slog.Logger) wire.Link {
		own := jsonrpc.Config(j) // workers start side by side
		if own.Text == nil {
			own.Text = func(line string) { logger.Info(line, "stream", "stdout") }
		}
		own.Limit, own.Grace = or(own.Limit, c.MaxPayload+frameRoom), or(own.Grace, c.CancelGrace)
		return jsonrpc.New(pipes, own)
	}}}
}

// MCP returns the configuration for a server of the Model Context Protocol, which gets the name and version of its client. A request
// such as tools/call is a command; its payload is the params.
func MCP(client, version string) JSONRPCConfig { return JSONRPCConfig(jsonrpc.MCP(client, version)) }

// LSP returns the configuration for a language server that works on the directory at the URI root.
func LSP(root string) JSONRPCConfig { return JSONRPCConfig(jsonrpc.LSP(root)) }
