package wire

import (
	"context"
	"os"
)

// mcpVersion is the version of the Model Context Protocol that is asked for. A server may answer with another one: the requests
// are the caller's own business.
const mcpVersion = "2025-06-18"

// MCP returns the configuration for a server of the Model Context Protocol, which gets the name and version of
// its client. A request such as tools/call is a command; its payload is the params.
func MCP(client, version string) JSONRPCConfig {
	type object = map[string]any
	return JSONRPCConfig{
		Initialize: func(ctx context.Context, c *JSONRPC) error {
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
func LSP(root string) JSONRPCConfig {
	type object = map[string]any
	return JSONRPCConfig{
		Headers: true,
		Initialize: func(ctx context.Context, c *JSONRPC) error {
			params := object{"processId": os.Getpid(), "rootUri": root, "capabilities": object{}}
			if err := c.Call(ctx, "initialize", params, nil); err != nil {
				return err
			}
			return c.Notify(ctx, "initialized", object{})
		},
		Finish: func(ctx context.Context, c *JSONRPC) error {
			if err := c.Call(ctx, "shutdown", nil, nil); err != nil {
				return err
			}
			return c.Notify(ctx, "exit", nil)
		},
		Cancel: func(id uint64) (string, any) { return "$/cancelRequest", object{"id": id} },
	}
}
