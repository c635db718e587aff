package fsm1_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// prober is a worker whose answers to probes a test decides; it reads requests and answers them when it is told to.
type prober struct {
	*fsm1.Link
	pong    atomic.Pointer[func() string] // the payload of the next PONG
	asked   chan frame.Frame              // requests that were read
	answers chan<- frame.Frame            // to send
}

func newProber(t *testing.T, slots int) *prober {
	t.Helper()
	answers := make(chan frame.Frame)
	p := &prober{asked: make(chan frame.Frame, 10), answers: answers}
	data := play(t, func(w peer) {
		w.says(frame.TypeHello, 0, fmt.Sprintf(`{"versions":[1],%s,"slots":%d}`, capable, slots))
		w.reads(frame.TypeWelcome)
		w.says(frame.TypeReady, 0, `{}`)
		go func() {
			for f := range answers {
				w.writes(f)
			}
		}()
		for {
			f, err := w.conn.ReadFrame()
			if err != nil {
				return
			}
			p.asked <- f
		}
	})
	control := play(t, func(w peer) {
		for {
			f, err := w.conn.ReadFrame()
			if err != nil {
				return
			}
			if f.Type == frame.TypePing {
				w.says(frame.TypePong, f.ID, (*p.pong.Load())())
			}
		}
	})
	p.Link = fsm1.New(data, control, fsm1.Config{})
	t.Cleanup(func() {
		close(answers)
		p.Close()
	})
	if _, err := p.Handshake(t.Context(), wire.Welcome{Slots: slots}); err != nil {
		t.Fatal(err)
	}
	return p
}

// says sets what the worker calls begun; nil for a worker that does not say.
func (p *prober) says(begun []uint64) {
	text := `{"ok":true}`
	if begun != nil {
		list, _ := json.Marshal(begun)
		text = `{"ok":true,"begun":` + string(list) + `}`
	}
	pong := func() string { return text }
	p.pong.Store(&pong)
}

// begins sends a request, whose end it returns.
func (p *prober) begins(t *testing.T) (id uint64, end <-chan error) {
	done := make(chan error, 1)
	go func() {
		_, err := p.Exchange(t.Context(), wire.Request{Command: "predict", Session: "s-42"})
		done <- err
	}()
	id = (<-p.asked).ID
	synctest.Wait() // the caller knows that it has written all
	return id, done
}

func TestPing_RequestThatDoesNotBegin(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		p := newProber(t, slots)
		id, end := p.begins(t)
		p.says([]uint64{})
		if _, err := p.Ping(t.Context()); err != nil {
			t.Fatalf("the first probe: %v; want no judgement, since it may have overtaken the request", err)
		}
		for range 2 {
			time.Sleep(time.Minute)
			pong, err := p.Ping(t.Context())
			e := wiretest.WantError[*wire.NotBegunError](t, err)
			if e.ID != id || e.Command != "predict" || e.Session != "s-42" || e.Waiting < time.Minute || e.Waiting > 3*time.Minute || !pong.OK {
				t.Errorf("Ping = %+v, %+v; want it about request %d", pong, e, id)
			}
		}
		p.answers <- frame.Frame{Type: frame.TypeResponse, ID: id}
		if err := <-end; err != nil {
			t.Error(err)
		}
		if _, err := p.Ping(t.Context()); err != nil {
			t.Errorf("Ping behind the answer = %v", err)
		}
	})
}

func TestPing_NoJudgement(t *testing.T) {
	tests := []struct {
		name string
		// between happens between two probes that were sent after the request; the worker calls begun what it returns.
		between func(p *prober, id uint64) []uint64
		answers bool
	}{
		{"begun", func(_ *prober, id uint64) []uint64 { return []uint64{1, id} }, false},
		{"the worker does not say", func(*prober, uint64) []uint64 { return nil }, false},
		{"the answer is on its way", func(p *prober, id uint64) []uint64 {
			go func() {
				time.Sleep(fsm1.Settling / 2)
				p.answers <- frame.Frame{Type: frame.TypeResponse, ID: id}
			}()
			return []uint64{}
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				p := newProber(t, slots)
				id, end := p.begins(t)
				p.says([]uint64{})
				if _, err := p.Ping(t.Context()); err != nil {
					t.Fatal(err)
				}
				p.says(tt.between(p, id))
				if _, err := p.Ping(t.Context()); err != nil {
					t.Errorf("Ping = %v; want no error", err)
				}
				if tt.answers {
					if err := <-end; err != nil {
						t.Error(err)
					}
					return
				}
				p.answers <- frame.Frame{Type: frame.TypeResponse, ID: id}
				if err := <-end; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A request that was seen to begin is never judged again: its answer may be on its way with a PONG that does not name it.
func TestPing_RequestThatHasBegunBefore(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		p := newProber(t, slots)
		id, end := p.begins(t)
		for _, begun := range [][]uint64{{id}, {id}, {}, {}} {
			p.says(begun)
			if _, err := p.Ping(t.Context()); err != nil {
				t.Errorf("Ping with %v begun = %v", begun, err)
			}
		}
		p.answers <- frame.Frame{Type: frame.TypeResponse, ID: id}
		if err := <-end; err != nil {
			t.Error(err)
		}
	})
}

// A stream of which a piece has come has begun. One whose caller does not read may have ended.
func TestPing_StreamOfASlowCaller(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		p := newProber(t, slots)
		a, err := p.Stream(t.Context(), wire.Request{Command: "count"})
		if err != nil {
			t.Fatal(err)
		}
		id := (<-p.asked).ID
		synctest.Wait()
		p.says([]uint64{})
		for i := range 4 {
			if i == 2 {
				go func() { p.answers <- frame.Frame{Type: frame.TypeChunk, ID: id} }()
				if _, err := a.Next(); err != nil {
					t.Fatal(err)
				}
			}
			if i < 1 || i >= 2 || slots == 1 {
				if _, err := p.Ping(t.Context()); err != nil {
					t.Errorf("probe %d: %v", i, err)
				}
			}
		}
		go func() { p.answers <- frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast, ID: id} }()
		if _, err := a.Next(); err != wire.EndOfStream {
			t.Errorf("Next = %v; want the end", err)
		}
	})
}

// Only a probe that was answered counts as the first one.
func TestPing_ProbeWithoutAnAnswerIsNoMeasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProber(t, 2)
		id, end := p.begins(t)
		silent := func() string {
			time.Sleep(time.Hour)
			return `{"ok":true,"begun":[]}`
		}
		p.pong.Store(&silent)
		if _, err := p.Ping(wiretest.Impatient(t, time.Second)); err == nil {
			t.Fatal("Ping = nil; want the end of the context")
		}
		time.Sleep(2 * time.Hour)
		p.says([]uint64{})
		if _, err := p.Ping(t.Context()); err != nil {
			t.Errorf("Ping = %v; want no error: it is the first that is answered", err)
		}
		_, err := p.Ping(t.Context())
		wiretest.WantError[*wire.NotBegunError](t, err)
		p.answers <- frame.Frame{Type: frame.TypeResponse, ID: id}
		<-end
	})
}
