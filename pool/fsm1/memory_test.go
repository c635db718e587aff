//go:build linux

package fsm1_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// mapped is a worker that takes the shared memory and answers from it: every payload comes back turned around.
type mapped struct {
	t      *testing.T
	conn   *net.UnixConn
	frames *frame.Conn
	memory []byte
	size   int
	slots  int
	done   sync.WaitGroup // what the worker does
}

func newMapped(t *testing.T, slots string) (*fsm1.Data, *mapped) {
	t.Helper()
	ours, theirs := wiretest.Sockets(t)
	m := &mapped{t: t, conn: theirs.(*net.UnixConn)}
	m.frames = frame.NewConn(m.conn, 0)
	data := fsm1.NewData(ours, 0)
	t.Cleanup(func() {
		data.Close()
		m.done.Wait()
		if m.memory != nil {
			unix.Munmap(m.memory)
		}
	})
	hello := `{"versions":[1],` + capable + `,"slots":` + slots + `}`
	if err := m.frames.WriteFrame(frame.Frame{Type: frame.TypeHello, Payload: []byte(hello)}); err != nil {
		t.Fatal(err)
	}
	return data, m
}

// receive takes the file that comes with WELCOME.
func (m *mapped) receive(size, slots int) {
	b, rights := make([]byte, 4096), make([]byte, 64)
	n, rn, _, _, err := m.conn.ReadMsgUnix(b, rights)
	if err != nil {
		m.t.Error(err)
		return
	}
	if _, err := frame.Decode(b[4:n]); err != nil {
		m.t.Error(err)
	}
	messages, err := unix.ParseSocketControlMessage(rights[:rn])
	if err != nil || len(messages) != 1 {
		m.t.Errorf("%d control messages with WELCOME, %v; want 1", len(messages), err)
		return
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		m.t.Error(err)
		return
	}
	defer unix.Close(fds[0])
	if err := unix.Ftruncate(fds[0], 0); !errors.Is(err, unix.EPERM) {
		m.t.Errorf("a worker that makes the file smaller gets %v; want %v", err, unix.EPERM)
	}
	m.size, m.slots = size, slots
	if m.memory, err = unix.Mmap(fds[0], 0, 2*slots*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		m.t.Error(err)
	}
}

func (m *mapped) says(payload string) {
	if err := m.frames.WriteFrame(frame.Frame{Type: frame.TypeReady, Payload: []byte(payload)}); err != nil {
		m.t.Error(err)
	}
}

// serve answers until the end.
func (m *mapped) serve() {
	for {
		f, err := m.frames.ReadFrame()
		if err != nil {
			return
		}
		if named := bytes.Contains(f.Meta, []byte(`"slot"`)); named != (m.slots > 1) {
			m.t.Errorf("a request of one of %d slots says %q", m.slots, f.Meta)
		}
		answer := frame.Frame{Type: frame.TypeResponse, ID: f.ID, Payload: f.Payload}
		if f.Flags&frame.FlagShared != 0 {
			slot, n := int(binary.BigEndian.Uint32(f.Payload)), int(binary.BigEndian.Uint64(f.Payload[4:]))
			in := m.memory[2*slot*m.size:][:n]
			out := m.memory[(2*slot+1)*m.size:][:n]
			for i, b := range in {
				out[n-1-i] = b
			}
			answer.Flags = frame.FlagShared
		}
		if err := m.frames.WriteFrame(answer); err != nil {
			return
		}
	}
}

func TestShared_LargePayloads(t *testing.T) {
	for slots, count := range map[string]int{"1": 1, "3": 3} {
		t.Run(slots+" slots", func(t *testing.T) {
			data, m := newMapped(t, slots)
			m.done.Go(func() {
				m.receive(10_000, count)
				m.says(`{"shared":true}`)
				m.serve()
			})
			shared := wire.Shared{Size: 10_000, From: 100}
			peer, err := data.Handshake(t.Context(), wire.Welcome{Slots: count, Shared: shared})
			if err != nil || !peer.Shared {
				t.Fatalf("Handshake = %+v, %v; want shared memory", peer, err)
			}
			var all sync.WaitGroup
			for i := range count {
				all.Go(func() {
					for _, size := range []int{0, 99, 100, 5000, 10_000, 10_001} {
						exchangeShared(t, data, size, byte(i), shared)
					}
				})
			}
			all.Wait()
		})
	}
}

func exchangeShared(t *testing.T, data *fsm1.Data, size int, first byte, shared wire.Shared) {
	payload := bytes.Repeat([]byte("ab"), size)[:size]
	if size > 0 {
		payload[0] = first
	}
	want := bytes.Clone(payload)
	if size >= shared.From && size <= shared.Size {
		for i, b := range payload {
			want[size-1-i] = b
		}
	}
	got, err := data.Exchange(t.Context(), wire.Request{Command: "turn", Payload: payload})
	if err != nil || !bytes.Equal(got.Payload, want) {
		t.Errorf("%d bytes come back as %d, %v; want them turned around if they went through memory", size, len(got.Payload), err)
	}
}

func TestShared_WorkerWithoutMapping(t *testing.T) {
	data, m := newMapped(t, "1")
	m.done.Go(func() {
		m.receive(10_000, 1)
		m.says(`{}`)
		m.serve()
	})
	peer, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{Size: 10_000, From: 100}})
	if err != nil || peer.Shared {
		t.Fatalf("Handshake = %+v, %v; want no shared memory", peer, err)
	}
	payload := bytes.Repeat([]byte("ab"), 1000)
	got, err := data.Exchange(t.Context(), wire.Request{Command: "turn", Payload: payload})
	if err != nil || !bytes.Equal(got.Payload, payload) {
		t.Errorf("%d bytes come back as %d, %v; want them as they were", len(payload), len(got.Payload), err)
	}
}

func TestShared_TurnedOff(t *testing.T) {
	data, m := newMapped(t, "1")
	m.done.Go(func() {
		if f, err := m.frames.ReadFrame(); err != nil || bytes.Contains(f.Payload, []byte("shared")) {
			t.Errorf("WELCOME = %s, %v; want nothing of shared memory", f.Payload, err)
		}
		m.says(`{"shared":true}`)
	})
	peer, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{From: -1}})
	if err != nil || peer.Shared {
		t.Errorf("Handshake = %+v, %v; want no shared memory", peer, err)
	}
}

func TestShared_AnswerFromAnotherSlot(t *testing.T) {
	tests := map[string]struct{ slot, size uint64 }{
		"of another slot":  {1, 5},
		"larger than room": {0, 10_001},
		"beyond numbers":   {0, 1 << 63},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			data, m := newMapped(t, "1")
			m.done.Go(func() {
				m.receive(10_000, 1)
				m.says(`{"shared":true}`)
				f, err := m.frames.ReadFrame()
				if err != nil {
					t.Error(err)
				}
				place := binary.BigEndian.AppendUint32(nil, uint32(tt.slot))
				place = binary.BigEndian.AppendUint64(place, tt.size)
				answer := frame.Frame{Type: frame.TypeResponse, Flags: frame.FlagShared, ID: f.ID, Payload: place}
				if err := m.frames.WriteFrame(answer); err != nil {
					t.Error(err)
				}
			})
			if _, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{Size: 10_000, From: 100}}); err != nil {
				t.Fatal(err)
			}
			_, err := data.Exchange(t.Context(), wiretest.Predict)
			wiretest.WantError[*wire.LostError](t, err)
			if wrong := wiretest.WantError[*wire.ProtocolError](t, err); wrong.Field != "shared" {
				t.Errorf("the error is about %s; want shared", wrong.Field)
			}
		})
	}
}

func TestClose_DuringALargeAnswer(t *testing.T) {
	data, m := newMapped(t, "1")
	m.done.Go(func() {
		m.receive(1<<20, 1)
		m.says(`{"shared":true}`)
		m.serve()
	})
	if _, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{Size: 1 << 20, From: 1}}); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	payload := make([]byte, 1<<20)
	for i := 0; ; i++ {
		if i == 5 {
			go func() { closed <- data.Close() }()
		}
		if _, err := data.Exchange(t.Context(), wire.Request{Command: "turn", Payload: payload}); err != nil {
			wiretest.WantError[*wire.LostError](t, err)
			break
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// The memory of a worker lives as long as its connection.
func TestClose_UnmapsSharedMemory(t *testing.T) {
	ends := map[string]func(data *fsm1.Data, m *mapped) error{
		"of an idle worker": func(data *fsm1.Data, _ *mapped) error { return data.Close() },
		"twice":             func(data *fsm1.Data, _ *mapped) error { return errors.Join(data.Close(), data.Close()) },
		"of a worker that is gone": func(data *fsm1.Data, m *mapped) error {
			m.conn.Close()
			_, err := data.Exchange(t.Context(), wiretest.Predict)
			wiretest.WantError[*wire.LostError](t, err)
			return data.Close()
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			data, m := newMapped(t, "1")
			m.done.Go(func() {
				m.receive(10_000, 1)
				m.says(`{"shared":true}`)
				m.serve()
			})
			if _, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{Size: 10_000, From: 100}}); err != nil {
				t.Fatal(err)
			}
			if !fsm1.Mapped(data) {
				t.Fatal("the memory is not mapped")
			}
			if err := end(data, m); err != nil {
				t.Error(err)
			}
			if fsm1.Mapped(data) {
				t.Error("the memory is still mapped; want it unmapped")
			}
		})
	}
}

// A handshake that fails has made the memory already.
func TestClose_UnmapsMemoryOfAHandshakeThatFailed(t *testing.T) {
	data, m := newMapped(t, "1")
	m.done.Go(func() {
		m.receive(10_000, 1)
		m.conn.Close()
	})
	_, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{Size: 10_000, From: 100}})
	wiretest.WantError[*wire.HandshakeError](t, err)
	data.Close()
	if fsm1.Mapped(data) {
		t.Error("the memory is still mapped; want it unmapped")
	}
}

// A worker that writes to the memory when its answer has been read.
func TestAnswer_IsACopyOfSharedMemory(t *testing.T) {
	data, m := newMapped(t, "1")
	m.done.Go(func() {
		m.receive(10_000, 1)
		m.says(`{"shared":true}`)
		m.serve()
	})
	if _, err := data.Handshake(t.Context(), wire.Welcome{Shared: wire.Shared{Size: 10_000, From: 100}}); err != nil {
		t.Fatal(err)
	}
	payload := bytes.Repeat([]byte("a"), 1000)
	first, err := data.Exchange(t.Context(), wire.Request{Command: "turn", Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := data.Exchange(t.Context(), wire.Request{Command: "turn", Payload: bytes.Repeat([]byte("b"), 1000)}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Payload, payload) {
		t.Errorf("the first answer has become %.20q; want it unchanged", first.Payload)
	}
}

func TestClose_DuringTheHandshake(t *testing.T) {
	ours, _ := wiretest.Sockets(t)
	if fsm1.MappedAfterClose(t, ours) {
		t.Error("the memory is mapped; want it unmapped, since the connection has been closed")
	}
}
