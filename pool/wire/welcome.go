package wire

import (
	"encoding/json"
	"slices"
)

func (w Welcome) filled(limit int) Welcome {
	if w.MaxSessions <= 0 {
		w.MaxSessions = DefaultMaxSessions
	}
	if most := limit - fixedSize; w.MaxPayload <= 0 || w.MaxPayload > most {
		w.MaxPayload = most
	}
	if w.Window <= 0 {
		w.Window = DefaultWindow
	}
	w.Shared = w.Shared.filled()
	return w
}

type welcomeBody struct {
	Version int             `json:"version"`
	Worker  string          `json:"worker"`
	Code    string          `json:"code_version,omitempty"` // the label of the version of the worker's code
	Limits  limits          `json:"limits"`
	Config  json.RawMessage `json:"config"`
}

type limits struct {
	Frame    int     `json:"frame"`   // bytes after the length, in both directions
	Payload  int     `json:"payload"` // bytes
	Slots    int     `json:"slots"`
	Sessions int     `json:"sessions"` // states kept
	Window   int     `json:"window"`   // bytes of each stream
	Shared   *region `json:"shared,omitempty"`
}

// region is what a worker has to know about shared memory.
type region struct {
	Size int `json:"size"` // of one region, in bytes
	From int `json:"from"` // bytes
}

// welcome sends w, and with it the memory that the worker can share.
func (d *Data) welcome(w Welcome, p Peer) error {
	body := welcomeBody{
		Version: Version, Worker: w.Worker, Code: w.Version, Config: w.Config,
		Limits: limits{
			Frame: d.conn.Limit(), Payload: w.MaxPayload, Slots: p.Slots, Sessions: w.MaxSessions, Window: w.Window,
		},
	}
	write := d.conn.WriteFrame
	if w.Shared.From > 0 && slices.Contains(p.Capabilities, string(CanShared)) {
		memory, file := newMemory(d.conn.stream, w.Shared, p.Slots)
		if memory != nil {
			defer file.Close() // the mapping needs it no more, and the worker has its own
			d.keep(memory)
			body.Limits.Shared = &region{Size: w.Shared.Size, From: w.Shared.From}
			write = func(f Frame) error { return d.conn.writeWith(file, f) }
		}
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return write(Frame{Type: TypeWelcome, Payload: payload})
}

// keep makes the memory end with the connection, which may have ended.
func (d *Data) keep(m *memory) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		m.close()
	}
	d.memory = m
}
