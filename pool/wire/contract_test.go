package wire_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// The worker of these tests keeps the contract of links, over pipes and over sockets: what is tested with it is worth something.
// Rows: U5.
func TestFSM1_KeepsTheContractOfLinks(t *testing.T) {
	for name, connect := range map[string]func(testing.TB) (net.Conn, net.Conn){"pipes": pipes, "sockets": sockets} {
		t.Run(name, func(t *testing.T) {
			linktest.Run(t, linktest.Subject{Slots: []int{1, 4}, Cancels: true, CancelsImport: true, Hooks: true, Version: "v2", Start: func(t *testing.T, slots int) linktest.Worker {
				l, w := unready(t, connect, slots, wire.FSM1Config{Grace: 10 * time.Second})
				if _, err := l.Handshake(t.Context(), wire.Welcome{Version: "v2", Slots: slots, Window: 500}); err != nil {
					t.Fatal(err)
				}
				return linktest.Worker{Link: l, Kill: w.dies}
			}})
		})
	}
}

func TestPacket4_KeepsTheContractOfLinks(t *testing.T) {
	linktest.Run(t, linktest.Subject{Slots: []int{1}, Start: func(t *testing.T, _ int) linktest.Worker {
		s := bridge(t, func(in *bufio.Reader, out net.Conn) {
			packetProgram(func(id int, command string, args json.RawMessage) string {
				switch command {
				case "echo":
					return fmt.Sprintf(`{"id":%d,"success":true,"result":%s}`, id, args)
				case "ping", "meet", "shutdown":
					return fmt.Sprintf(`{"id":%d,"success":true}`, id)
				case "die":
					out.Close()
				case "wait":
					_, _ = in.ReadByte() // the end
				}
				return fmt.Sprintf(`{"id":%d,"success":false,"error":"no"}`, id)
			})(in, out)
		})
		l := wire.NewPacket4(s, wire.Packet4Config{})
		if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
			t.Fatal(err)
		}
		return linktest.Worker{Link: l, Kill: func() { killed(s) }}
	}})
}

func TestJSONRPC_KeepsTheContractOfLinks(t *testing.T) {
	linktest.Run(t, linktest.Subject{Slots: []int{1}, Cancels: true, Start: func(t *testing.T, _ int) linktest.Worker {
		s := bridge(t, func(in *bufio.Reader, out net.Conn) {
			rpcProgram(false, func(m rpc) string {
				switch m.Method {
				case "meet":
					return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, m.ID)
				case "die":
					out.Close()
					return ""
				case "wait", "cancel":
					return ""
				}
				return echoRPC(m)
			})(in, out)
		})
		l := wire.NewJSONRPC(s, wire.JSONRPCConfig{
			PingMethod: "ping", Grace: time.Second / 50, Cancel: func(uint64) (string, any) { return "cancel", nil },
		})
		t.Cleanup(func() { l.Close() })
		return linktest.Worker{Link: l, Kill: func() { killed(s) }}
	}})
}

// killed ends the streams of a program.
func killed(s wire.Stdio) {
	_ = s.Stdin.Close() // they may have been closed before
	_ = s.Stdout.Close()
}
