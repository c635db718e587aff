package fsm1

import "github.com/fsmgen/fsmgen/pool/wire"

// Data and Control are the two connections of a link, which tests use alone.
type (
	Data    = dataConn
	Control = controlConn
)

// NewData returns a data connection without a control connection beside it: a request whose context ends is lost.
func NewData(s wire.Stream, limit int) *Data { return newData(s, limit) }

// NewControl returns a control connection that drops the worker's log.
func NewControl(s wire.Stream) *Control { return newControl(s, nil) }

// Asked is how many probes and orders of a link have neither been answered nor given up.
func Asked(l *Link) int {
	l.control.mu.Lock()
	defer l.control.mu.Unlock()
	return len(l.control.asked)
}

// Mapped reports whether the shared memory of a connection is mapped.
func Mapped(d *Data) bool {
	if d.memory == nil {
		return false
	}
	d.memory.mu.RLock()
	defer d.memory.mu.RUnlock()
	return d.memory.bytes != nil
}

// What tests of the bounds count with.
const (
	MaxUseless     = maxUseless
	HandshakeLimit = handshakeLimit
	ControlLimit   = controlLimit
	DropTimeout    = dropTimeout
	Settling       = settling
)

// DropPayloads is what [Link.Drop] sends.
func DropPayloads(sessions []wire.Session, limit int) [][]byte { return dropPayloads(sessions, limit) }
