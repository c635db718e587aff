package fsm1_test

import (
	"net"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// The worker of these tests keeps the contract of links, over pipes and over sockets: what is tested with it is worth something.
// Rows: U5.
func TestFSM1_KeepsTheContractOfLinks(t *testing.T) {
	for name, connect := range map[string]func(testing.TB) (net.Conn, net.Conn){"pipes": pipes, "sockets": wiretest.Sockets} {
		t.Run(name, func(t *testing.T) {
			linktest.Run(t, linktest.Subject{Slots: []int{1, 4}, Cancels: true, CancelsImport: true, Hooks: true, Version: "v2", Start: func(t *testing.T, slots int) linktest.Worker {
				l, w := unready(t, connect, slots, fsm1.Config{Grace: 10 * time.Second})
				if _, err := l.Handshake(t.Context(), wire.Welcome{Version: "v2", Slots: slots, Window: 500}); err != nil {
					t.Fatal(err)
				}
				return linktest.Worker{Link: l, Kill: w.dies}
			}})
		})
	}
}
