package fsm1

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// memory is a file without a name that a worker has mapped too. Slot by slot it has a region for the payload of a
// request and one for that of its answer.
type memory struct {
	wire.Shared
	slots int

	mu    sync.RWMutex // held for writing while the mapping ends: no goroutine may use bytes then
	bytes []byte       // nil when it has
}

var errUnmapped = errors.New("wire: shared memory: the connection is closed")

// request puts the payload of f into memory, if that is where it belongs.
func (m *memory) request(slot int, f frame.Frame) frame.Frame {
	size := len(f.Payload)
	if size < m.From || size > m.Size {
		return f
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.bytes == nil {
		return f
	}
	copy(m.bytes[2*slot*m.Size:], f.Payload)
	f.Flags |= frame.FlagShared
	f.Payload = binary.BigEndian.AppendUint32(make([]byte, 0, frame.SharedSize), uint32(slot))
	f.Payload = binary.BigEndian.AppendUint64(f.Payload, uint64(size))
	return f
}

// answer returns the payload of a RESPONSE that came through memory, as a copy in into, if it fits: the worker may write to
// memory whenever it likes.
func (m *memory) answer(slot int, f frame.Frame, into []byte) ([]byte, error) {
	if m == nil || slot < 0 {
		return nil, unexpected(f, "shared memory only where it was agreed on")
	}
	got, size := binary.BigEndian.Uint32(f.Payload), binary.BigEndian.Uint64(f.Payload[4:])
	if int64(got) != int64(slot) || size > uint64(m.Size) {
		return nil, &wire.ProtocolError{
			Field: "shared", Seen: fmt.Sprintf("%d bytes in slot %d", size, got),
			Allowed: fmt.Sprintf("at most %d bytes in slot %d", m.Size, slot),
		}
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.bytes == nil {
		return nil, errUnmapped
	}
	begin := (2*slot + 1) * m.Size
	return append(into[:0], m.bytes[begin:begin+int(size)]...), nil
}

// close ends the mapping. Memory that is not there needs none.
func (m *memory) close() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bytes != nil {
		unmap(m.bytes)
		m.bytes = nil
	}
}
