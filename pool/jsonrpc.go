package pool

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// JSONRPCConfig says how a pool talks to workers of [JSONRPC]. The zero value is useful for a program that speaks JSON-RPC 2.0, a
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
