package jsonrpc

import (
	"context"
	"encoding/json"
	"os"
	"time"
)

// Config is the configuration of a link. The zero value is useful for a program that speaks JSON-RPC 2.0, a message a line,
// and needs no introduction; [MCP] and [LSP] return the ones for theirs.
type Config struct {
	// Headers: messages stand behind Content-Length headers. False: a message a line.
	Headers bool
	// Initialize runs before the first request. Nil: the program is ready as soon as it runs.
	Initialize func(ctx context.Context, c Conn) error
	// Finish runs before the worker's standard input ends.
	Finish func(ctx context.Context, c Conn) error
	// PingMethod is a method that a healthy worker answers. Empty: it cannot be probed.
	PingMethod string
	// Cancel returns the notification that asks the worker to stop a request. Nil: it cannot be asked, and a request whose
	// context ends is lost.
	Cancel func(id uint64) (method string, params any)
	// Grace is how long a worker has to answer a request that was cancelled, which it need not do, and then, where there is a
	// PingMethod, to answer a probe: a worker that does goes on. Zero means [wire.DefaultGrace].
	Grace time.Duration
	// Notified receives the notifications of the worker, on a goroutine of its own. When 256 wait, more are dropped, and Text
	// receives a line about that. Nil drops all.
	Notified func(method string, params json.RawMessage)
	// Text receives the lines on standard output that are no message of JSON-RPC, such as banners, each as one line of at most
	// 4 KiB and on a goroutine of its own. Where there are more than 1000 a second, or 256 that wait, they are dropped, and a
	// line says how many. Nil drops all. Where messages stand behind headers, such a line is a [wire.ProtocolError].
	Text func(line string)
	// Limit is the largest message in bytes. Zero means [wire.DefaultLimit].
	Limit int
}

// Conn is the connection to the worker as the hooks of a [Config] see it.
type Conn interface {
	// Call calls a method and decodes what it returns, unless result is nil. The errors are those of Exchange in [wire.Link].
	Call(ctx context.Context, method string, params, result any) error
	// Notify tells the worker something that it does not answer.
	Notify(ctx context.Context, method string, params any) error
}

// mcpVersion is the version of the Model Context Protocol that is asked for. A server may answer with another one: the requests
// are the caller's own business.
const mcpVersion = "2025-06-18"

// MCP returns the configuration for a server of the Model Context Protocol, which gets the name and version of
// its client. A request such as tools/call is a command; its payload is the params.
func MCP(client, version string) Config {
	type object = map[string]any
	return Config{
		Initialize: func(ctx context.Context, c Conn) error {
			params := object{
				"protocolVersion": mcpVersion, "capabilities": object{}, "clientInfo": object{"name": client, "version": version},
			}
			if err := c.Call(ctx, "initialize", params, nil); err != nil {
				return err
			}
			return c.Notify(ctx, "notifications/initialized", nil)
		},
		PingMethod: "ping",
		Cancel: func(id uint64) (string, any) {
			return "notifications/cancelled", object{"requestId": id}
		},
	}
}

// LSP returns the configuration for a language server that works on the directory at the URI root.
func LSP(root string) Config {
	type object = map[string]any
	return Config{
		Headers: true,
		Initialize: func(ctx context.Context, c Conn) error {
			params := object{"processId": os.Getpid(), "rootUri": root, "capabilities": object{}}
			if err := c.Call(ctx, "initialize", params, nil); err != nil {
				return err
			}
			return c.Notify(ctx, "initialized", object{})
		},
		Finish: func(ctx context.Context, c Conn) error {
			if err := c.Call(ctx, "shutdown", nil, nil); err != nil {
				return err
			}
			return c.Notify(ctx, "exit", nil)
		},
		Cancel: func(id uint64) (string, any) { return "$/cancelRequest", object{"id": id} },
	}
}
