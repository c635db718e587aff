package wire

import "testing"

// MappedAfterClose makes the shared memory of a connection that has been closed during the handshake.
func MappedAfterClose(t testing.TB, s Stream) bool {
	t.Helper()
	d := NewData(s, 0)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	m, file := newMemory(s, Shared{Size: 10_000}, 1)
	if m == nil {
		t.Fatal("there is no shared memory")
	}
	defer file.Close()
	d.keep(m)
	return Mapped(d)
}
