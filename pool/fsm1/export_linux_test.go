package fsm1

import (
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// MappedAfterClose makes the shared memory of a connection that has been closed during the handshake.
func MappedAfterClose(t testing.TB, s wire.Stream) bool {
	t.Helper()
	d := newData(s, 0)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	m, file := newMemory(s, wire.Shared{Size: 10_000}, 1)
	if m == nil {
		t.Fatal("there is no shared memory")
	}
	defer file.Close()
	d.keep(m)
	return Mapped(d)
}
