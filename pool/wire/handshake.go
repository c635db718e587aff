package wire

import (
	"encoding/json"
)

// Hello is the first message of a worker. It comes before the start hook runs.
type Hello struct {
	Versions     []int    `json:"versions"`        // of the protocol
	SDK          string   `json:"sdk"`             // name and version: "fsmpool-python 0.1.0"
	Runtime      string   `json:"runtime"`         // what runs it: "cpython 3.12.1"
	PID          int      `json:"pid"`             // as the worker sees it
	Capabilities []string `json:"capabilities"`    // optional parts of the protocol that it speaks: see [Capability]
	Slots        int      `json:"slots,omitempty"` // how many requests it serves at once
}

// DefaultWindow is how many bytes of a stream may be under way when nothing else was asked for: 256 KiB.
const DefaultWindow = 256 << 10

// DefaultMaxSessions is how many sessions' states a worker keeps when nothing else was asked for.
const DefaultMaxSessions = 10_000

// Welcome is the pool's answer to a [Hello]. Zero fields have defaults.
type Welcome struct {
	// Worker is the id of the worker, unique over the life of the pool.
	Worker string
	// Version is the label of the version of the worker's code, for that code: one line of at most 256 bytes. It is also the
	// Version of each [Snapshot] that the worker writes. Empty means that the code is not told any.
	Version string
	// Slots is how many requests at once are wanted; a worker may offer less. Zero means 1.
	Slots int
	// MaxPayload is the largest payload in bytes, which the worker tells its users: frames have room for it. Zero means
	// what fits into one without metadata.
	MaxPayload int
	// MaxSessions is how many sessions' states the worker keeps before it forgets
	// the one not used for longest. Zero means [DefaultMaxSessions].
	MaxSessions int
	// Window bounds the memory that a stream takes, in bytes: its sender waits when so much is under way. Zero means
	// [DefaultWindow].
	Window int
	// Shared says which payloads go through shared memory.
	Shared Shared
	// Config is handed to the worker's code as it is. Nil means null.
	Config json.RawMessage
}

// Peer is the description of a worker that is ready.
type Peer struct {
	Hello             // Slots is what was agreed on, and 1 at least
	Commands []string // the names it has handlers for, sorted
	Shared   bool     // large payloads go through shared memory
}

// Shared is the choice of payloads that go through memory of both the pool and a worker, where both support it. The zero
// value is useful.
type Shared struct {
	// Size is the largest payload that does, in bytes. Each slot of a worker has room for one in each direction, and what
	// has been used once stays in memory. Zero means 8 MiB.
	Size int
	// From is the smallest payload that does, in bytes: below it a socket is quicker. Zero means 128 KiB, a negative number
	// that none does.
	From int
}
