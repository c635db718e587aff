package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestHandshake_HelloAndReadyHaveABoundOfTheirOwn(t *testing.T) {
	large := func(size int) string { return `{"versions":[1],"sdk":"` + strings.Repeat("x", size) + `"}` }
	fits, over := large(wire.HandshakeLimit/2), large(wire.HandshakeLimit)
	tests := []struct{ name, hello, ready, stage string }{
		{"half of it", fits, fits, ""},
		{"a HELLO over it", over, fits, "HELLO"},
		{"a READY over it", fits, over, "READY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := wire.NewData(play(t, func(p peer) {
				_ = p.conn.WriteFrame(wire.Frame{Type: wire.TypeHello, Payload: []byte(tt.hello)})
				if _, err := p.conn.ReadFrame(); err != nil {
					return
				}
				_ = p.conn.WriteFrame(wire.Frame{Type: wire.TypeReady, Payload: []byte(tt.ready)})
				f, err := p.conn.ReadFrame()
				if err != nil {
					return
				}
				p.says(wire.TypeResponse, f.ID, strings.Repeat("y", 2*wire.HandshakeLimit))
			}), 0)
			defer data.Close()
			peer, err := data.Handshake(t.Context(), wire.Welcome{})
			if tt.stage != "" {
				e := wantError[*wire.HandshakeError](t, err)
				if large := wantError[*wire.TooLargeError](t, err); e.Stage != tt.stage || large.Limit != wire.HandshakeLimit {
					t.Errorf("Handshake = %v; want it about %s", err, tt.stage)
				}
				return
			}
			if err != nil || len(peer.SDK) > wire.MaxName {
				t.Fatalf("Handshake = an SDK of %d bytes, %v", len(peer.SDK), err)
			}
			if got, err := data.Exchange(t.Context(), predict); err != nil || len(got.Payload) != 2*wire.HandshakeLimit {
				t.Errorf("Exchange = %d bytes, %v; want an answer over the bound of READY", len(got.Payload), err)
			}
		})
	}
}

// flooded returns a link with a log, whose worker sends n records when its script begins, and answers probes.
func flooded(t *testing.T, log func(wire.LogRecord), script func(p peer)) *wire.FSM1 {
	t.Helper()
	data, _ := pipes(t)
	control := play(t, func(p peer) {
		script(p)
		for {
			f, err := p.conn.ReadFrame()
			if err != nil {
				return
			}
			p.says(wire.TypePong, f.ID, `{"ok":true}`)
		}
	})
	l := wire.NewFSM1(data, control, wire.FSM1Config{Log: log})
	t.Cleanup(func() { l.Close() })
	return l
}

func TestLog_RecordsThatComeTooFastAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 3 * wire.QueueBurst
		var got, dropped atomic.Int64
		l := flooded(t, func(r wire.LogRecord) {
			if n, err := fmt.Sscanf(r.Message, "%d records were dropped: they came too fast", new(int)); n == 1 && err == nil {
				var count int64
				_, _ = fmt.Sscan(r.Message, &count)
				dropped.Add(count)
				return
			}
			got.Add(1)
		}, func(p peer) {
			time.Sleep(time.Hour) // saves no more than the burst
			for range sent {
				p.says(wire.TypeLog, 0, `{"message":"x"}`)
				synctest.Wait() // the handler is quick: only the rate counts
			}
		})
		if _, err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got.Load() != wire.QueueBurst || dropped.Load() != 0 {
			t.Errorf("%d records at once, %d said to be dropped; want %d, and nothing said yet", got.Load(), dropped.Load(), wire.QueueBurst)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got.Load()+dropped.Load() != sent {
			t.Errorf("%d records and %d dropped of %d", got.Load(), dropped.Load(), sent)
		}
	})
}

func TestLog_EndSaysWhatWasDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var message atomic.Pointer[string]
		l := flooded(t, func(r wire.LogRecord) { message.Store(&r.Message) }, func(p peer) {
			for range wire.QueueBurst + 5 {
				p.says(wire.TypeLog, 0, `{"message":"x"}`)
				synctest.Wait()
			}
			p.raw.Close()
		})
		begin := time.Now()
		_, err := l.Ping(t.Context())
		synctest.Wait()
		last := *message.Load()
		if want := "5 records were dropped: they came too fast"; err == nil || last != want || time.Since(begin) > 0 {
			t.Errorf("Ping = %v, the last record after %v is %q; want %q at once", err, time.Since(begin), last, want)
		}
	})
}

func TestLog_RateIsThatOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records atomic.Int64
		flooded(t, func(r wire.LogRecord) {
			if r.Message == "x" {
				records.Add(1)
			}
		}, func(p peer) {
			for range 10 * 400 { // 4000 records a second for 10 seconds
				for range 10 {
					p.says(wire.TypeLog, 0, `{"message":"x"}`)
				}
				synctest.Wait()
				time.Sleep(time.Second / 400)
			}
		})
		time.Sleep(11 * time.Second)
		got := int(records.Load())
		if want := wire.QueueBurst + 10*wire.QueueRate; got < want-100 || got > want {
			t.Errorf("%d records of 40000 in 10 s; want %d", got, want)
		}
	})
}

func TestLog_SlowHandlerDelaysNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 2 * wire.QueueLength
		var got atomic.Int32
		var said string
		l := flooded(t, func(r wire.LogRecord) {
			if r.Message == "x" {
				got.Add(1)
				time.Sleep(time.Minute)
				return
			}
			said = r.Message
		}, func(p peer) {
			for range sent {
				p.says(wire.TypeLog, 0, `{"message":"x"}`)
			}
		})
		begin := time.Now()
		for range 10 {
			if _, err := l.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if took := time.Since(begin); took > 0 || got.Load() != 1 {
			t.Errorf("10 probes end after %v and %d records; want them at once, behind the first", took, got.Load())
		}
		l.Close()
		time.Sleep(sent * time.Minute)
		synctest.Wait()
		if n := int(got.Load()); (n != wire.QueueLength && n != wire.QueueLength+1) || said != fmt.Sprintf("%d records were dropped: they came too fast", sent-n) {
			t.Errorf("%d records of %d, then %q; want %d or one more, and how many were dropped", n, sent, said, wire.QueueLength)
		}
	})
}

func TestCredit_FloodIsAProtocolError(t *testing.T) {
	tests := []struct {
		name  string
		input bool
		frame func(first, id uint64) wire.Frame
		each  int // answers come behind so many frames
		lost  bool
	}{
		{"for a request that has ended", false, func(first, _ uint64) wire.Frame { return credit(first, 1) }, wire.MaxUseless, false},
		{"one more", false, func(first, _ uint64) wire.Frame { return credit(first, 1) }, wire.MaxUseless + 1, true},
		{"of no bytes", true, func(_, id uint64) wire.Frame { return credit(id, 0) }, wire.MaxUseless + 1, true},
		{"of more bytes than are on the way", true, func(_, id uint64) wire.Frame { return credit(id, 9) }, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				script <- func(p peer) {
					first := p.reads(wire.TypeRequest).ID
					p.says(wire.TypeResponse, first, "1")
					for range 2 { // what is allowed once is allowed again
						f, err := p.conn.ReadFrame()
						if err != nil {
							return
						}
						flood, _ := wire.Append(nil, tt.frame(first, f.ID))
						_, err = p.raw.Write(bytes.Repeat(flood, tt.each))
						if err != nil {
							return
						}
						_ = p.conn.WriteFrame(wire.Frame{Type: wire.TypeResponse, ID: f.ID})
					}
				}
				if _, err := l.Exchange(t.Context(), predict); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					r := predict
					if tt.input {
						r.Input = func(func([]byte, error) bool) { time.Sleep(time.Hour) }
					}
					_, err := l.Exchange(t.Context(), r)
					if !tt.lost {
						if err != nil {
							t.Errorf("Exchange = %v", err)
						}
						continue
					}
					wantError[*wire.LostError](t, err)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

func credit(id uint64, n byte) wire.Frame {
	return wire.Frame{Type: wire.TypeCredit, ID: id, Payload: []byte{0, 0, n, n}}
}

// halting is a stream with room for so many bytes more.
type halting struct {
	wire.Stream
	room int // negative: all there is
}

func (h *halting) Write(p []byte) (int, error) {
	if h.room < 0 {
		return h.Stream.Write(p)
	}
	n, err := h.Stream.Write(p[:min(len(p), h.room)])
	h.room -= n
	if err == nil && n < len(p) {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

func TestWrite_HalfAFrameIsFollowedByNothing(t *testing.T) {
	for _, size := range []int{10, 100_000} { // one write, and two
		for _, room := range []int{1, 20} {
			var out bytes.Buffer
			s := &halting{recordedTo{&out}, room}
			c := wire.NewConn(s, 0)
			first := c.WriteFrame(response(size))
			s.room = -1
			second := c.WriteFrame(response(1))
			if first == nil || second == nil || out.Len() > 20 || !errors.Is(second, os.ErrDeadlineExceeded) {
				t.Errorf("%d bytes, room for %d: %v, then %v with %d bytes written; want two errors and nothing behind the half", size, room, first, second, out.Len())
			}
		}
	}
}

// recordedTo is a stream that keeps what is written.
type recordedTo struct{ out *bytes.Buffer }

func (r recordedTo) Write(p []byte) (int, error)    { return r.out.Write(p) }
func (recordedTo) Read([]byte) (int, error)         { return 0, net.ErrClosed }
func (recordedTo) Close() error                     { return nil }
func (recordedTo) SetReadDeadline(time.Time) error  { return nil }
func (recordedTo) SetWriteDeadline(time.Time) error { return nil }

func TestWrite_NoByteOfAFrameLeavesTheConnectionUsable(t *testing.T) {
	var out bytes.Buffer
	s := &halting{recordedTo{&out}, 0}
	c := wire.NewConn(s, 0)
	if err := c.WriteFrame(response(1)); err == nil || out.Len() > 0 {
		t.Fatalf("WriteFrame = %v with %d bytes", err, out.Len())
	}
	s.room = -1
	if err := c.WriteFrame(response(1)); err != nil {
		t.Errorf("WriteFrame = %v; want it written", err)
	}
}

func TestPing_HalfAProbeIsFollowedByNothing(t *testing.T) {
	s := &halting{Stream: play(t, func(p peer) {
		for {
			if _, err := p.conn.ReadFrame(); err != nil {
				return
			}
			t.Error("the worker reads a frame; want half a one at most")
		}
	}), room: 5}
	data, _ := pipes(t)
	l := wire.NewFSM1(data, s, wire.FSM1Config{})
	defer l.Close()
	if _, err := l.Ping(t.Context()); err == nil {
		t.Fatal("Ping = nil")
	}
	s.room = -1
	for range 2 {
		if _, err := l.Ping(t.Context()); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Ping = %v; want the reason of the first", err)
		}
	}
}

// Answers to probes that nothing waits for any more.
func TestControl_LateAnswers(t *testing.T) {
	for _, late := range []wire.Type{wire.TypePong, wire.TypeBye, wire.TypeError} {
		t.Run(late.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan int)
				l := flooded(t, nil, func(p peer) {
					f := p.reads(wire.TypePing)
					for range <-answer {
						p.says(late, f.ID, `{"kind":"x","message":"y"}`)
					}
				})
				if _, err := l.Ping(impatient(t, time.Second)); !errors.Is(err, errPatience) {
					t.Fatalf("Ping = %v; want the end of the context", err)
				}
				if n := wire.Asked(l); n != 0 {
					t.Errorf("%d probes are remembered; want none", n)
				}
				answer <- 1
				synctest.Wait()
				for range 2 {
					if _, err := l.Ping(t.Context()); err != nil {
						t.Errorf("Ping behind a late answer = %v", err)
					}
				}
			})
		})
	}
}

func TestControl_FloodOfLateAnswersIsAProtocolError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := flooded(t, nil, func(p peer) {
			f := p.reads(wire.TypePing)
			pong, _ := wire.Append(nil, wire.Frame{Type: wire.TypePong, ID: f.ID, Payload: []byte(`{"ok":true}`)})
			_, _ = p.raw.Write(bytes.Repeat(pong, wire.MaxUseless+2))
		})
		if _, err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_, err := l.Ping(t.Context())
		wantError[*wire.ProtocolError](t, err)
	})
}

func TestDrop_SplitsAndLeavesOut(t *testing.T) {
	s := func(name string, generation uint64) wire.Session {
		return wire.Session{ID: name, Generation: generation}
	}
	tests := []struct {
		name     string
		sessions []wire.Session
		want     []string
	}{
		{"none", nil, nil},
		{"one", []wire.Session{s("a", 1)}, []string{`[["a",1]]`}},
		{"what JSON escapes", []wire.Session{s("<b>\n\"", 7)}, []string{`[["<b>\n\"",7]]`}},
		{"the largest generation", []wire.Session{s("b", 1<<64-1)}, []string{`[["b",18446744073709551615]]`}},
		{"as many as fit", []wire.Session{s("aaa", 1), s("bbb", 2), s("ccc", 3)}, []string{`[["aaa",1],["bbb",2]]`, `[["ccc",3]]`}},
		{"as long as fits", []wire.Session{s(strings.Repeat("x", 20), 1)}, []string{`[["xxxxxxxxxxxxxxxxxxxx",1]]`}},
		{"too long", []wire.Session{s("a", 1), s(strings.Repeat("x", 21), 1), s("b", 1)}, []string{`[["a",1],["b",1]]`}},
		{"not UTF-8", []wire.Session{s("\xff", 1)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range wire.DropPayloads(tt.sessions, 28) {
				if len(p) > 28 || !json.Valid(p) {
					t.Errorf("%s has %d bytes; want JSON of at most 28", p, len(p))
				}
				got = append(got, string(p))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDrop_ReachesWorkersThatHaveIt(t *testing.T) {
	for _, can := range []bool{true, false} {
		t.Run(fmt.Sprint(can), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				data := play(t, func(p peer) {
					p.says(wire.TypeHello, 0, map[bool]string{true: `{"versions":[1],"capabilities":["drop"]}`, false: hello}[can])
					p.reads(wire.TypeWelcome)
					p.says(wire.TypeReady, 0, `{}`)
				})
				control := play(t, func(p peer) {
					for {
						f, err := p.conn.ReadFrame()
						if err != nil {
							return
						}
						got = append(got, fmt.Sprintf("%v %d %s", f.Type, f.ID, f.Payload))
					}
				})
				l := wire.NewFSM1(data, control, wire.FSM1Config{})
				defer l.Close()
				if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
					t.Fatal(err)
				}
				if l.Can(wire.CanDrop) != can {
					t.Errorf("Can(drop) = %v", !can)
				}
				sessions := make([]wire.Session, 0, 3001)
				sessions = append(sessions, wire.Session{ID: strings.Repeat("x", wire.ControlLimit)})
				for i := range 3000 {
					sessions = append(sessions, wire.Session{ID: fmt.Sprintf("session-%024d", i), Generation: 1})
				}
				if err := l.Drop(sessions[:2]); err != nil {
					t.Error(err)
				}
				if err := l.Drop(sessions); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				switch {
				case !can && len(got) > 0:
					t.Errorf("a worker that does not have it is sent %.100q", got)
				case can && (len(got) != 3 || got[0] != `DROP 0 [["session-000000000000000000000000",1]]`):
					t.Errorf("%d frames, the first is %.100q; want 1 and 2", len(got), got)
				}
			})
		})
	}
}

// A worker that does not read its control connection.
func TestDrop_NeverWaitsForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := play(t, func(p peer) {
			p.says(wire.TypeHello, 0, `{"versions":[1],"capabilities":["drop"]}`)
			p.reads(wire.TypeWelcome)
			p.says(wire.TypeReady, 0, `{}`)
		})
		control, _ := pipes(t)
		l := wire.NewFSM1(data, control, wire.FSM1Config{})
		defer l.Close()
		if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			begin := time.Now()
			if err := l.Drop([]wire.Session{{ID: "s"}}); err == nil || time.Since(begin) != wire.DropTimeout {
				t.Errorf("Drop = %v after %v; want an error after %v", err, time.Since(begin), wire.DropTimeout)
			}
		}
	})
}

func TestCancelled_RequestThatHadNotBegun(t *testing.T) {
	for meta, begun := range map[string]bool{"": true, `{}`: true, `{"begun":true}`: true, `{"begun":false}`: false} {
		t.Run(meta, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				for range 2 {
					script <- func(p peer) {
						f := p.reads(wire.TypeRequest)
						time.Sleep(1500 * time.Millisecond)
						p.writes(wire.Frame{Type: wire.TypeCancelled, ID: f.ID, Meta: []byte(meta)})
					}
					_, err := l.Exchange(impatient(t, time.Second), predict)
					if e := wantError[*wire.CancelledError](t, err); e.Begun != begun || !errors.Is(e, errPatience) {
						t.Errorf("Exchange = %v, begun %v; want %v", err, e.Begun, begun)
					}
				}
			})
		})
	}
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(wire.TypeRequest)
			time.Sleep(1500 * time.Millisecond)
			p.writes(wire.Frame{Type: wire.TypeCancelled, ID: f.ID, Meta: []byte(`{"begun":7}`)})
		}
		_, err := l.Exchange(impatient(t, time.Second), predict)
		wantError[*wire.LostError](t, err)
		wantError[*wire.ProtocolError](t, err)
	})
}

func TestShutdown_SaysHowLongIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan string, 2)
		control := wire.NewControl(play(t, func(p peer) {
			for range 2 {
				f := p.reads(wire.TypeShutdown)
				seen <- string(f.Payload)
				p.says(wire.TypeBye, f.ID, "")
			}
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if err := errors.Join(control.Shutdown(ctx, "drained"), control.Shutdown(context.Background(), "now")); err != nil {
			t.Fatal(err)
		}
		if got := []string{<-seen, <-seen}; !cmp.Equal(got, []string{`{"reason":"drained","deadline_ms":1500}`, `{"reason":"now"}`}) {
			t.Errorf("SHUTDOWN carries %q", got)
		}
	})
}

func TestClose_Twice(t *testing.T) {
	ours, _ := sockets(t)
	control, _ := sockets(t)
	l := wire.NewFSM1(ours, control, wire.FSM1Config{})
	for i := range 3 {
		if err := l.Close(); err != nil {
			t.Errorf("call %d of Close = %v", i+1, err)
		}
	}
}
