package wire

// Asked is how many probes and orders of a link have neither been answered nor given up.
func Asked(l *FSM1) int {
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
	QueueLength    = queueLength
	QueueBurst     = queueBurst
	QueueRate      = queueRate
	MaxMessage     = maxMessage
	MaxName        = maxName
	MaxTraceback   = maxTraceback
	MaxError       = maxError
	DropTimeout    = dropTimeout
	Settling       = settling
)

var (
	Line  = line
	Lines = lines
)

// DropPayloads is what [FSM1.Drop] sends.
func DropPayloads(sessions []Session, limit int) [][]byte { return dropPayloads(sessions, limit) }
