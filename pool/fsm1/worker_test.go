package fsm1_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// capable is what the worker of these tests can do.
const capable = `"capabilities":["cancel","stream","log","session","drop","shared"]`

// worker is a whole worker of fsm1 in this process: it reads for all of its slots, runs every request on a goroutine of
// its own, and insists on the rules.
type worker struct {
	t       testing.TB
	data    *frame.Conn
	control *frame.Conn
	window  int
	version any // of its code, as WELCOME says; nil without

	rawData, rawControl net.Conn
	slots               int

	mu       sync.Mutex
	writing  sync.Mutex
	running  map[uint64]*job
	lastID   uint64
	begun    int
	early    map[uint64]bool // cancelled before they came
	states   map[stateName]string
	wrote    map[stateName]any // the version that wrote a state, as its IMPORT says; nil without
	inside   int               // requests that want to meet
	met      chan struct{}     // closed when they have
	finished sync.WaitGroup
}

// job is a request that runs.
type job struct {
	request frame.Frame
	number  int // counted from 1
	meta    map[string]any
	ctx     context.Context
	stop    context.CancelFunc

	mu     sync.Mutex
	credit int
	held   int // bytes of input that have not been given back
	input  []frame.Frame
	news   chan struct{}
}

// link returns a link to a new worker, after the handshake. Both end with the test.
func link(t testing.TB, slots int, c fsm1.Config, w wire.Welcome) *fsm1.Link {
	t.Helper()
	l, _ := unready(t, pipes, slots, c)
	w.Worker, w.Slots = "w-1", slots
	if _, err := l.Handshake(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	return l
}

// dies closes both connections, as the end of a process does.
func (w *worker) dies() {
	_ = w.rawData.Close()
	_ = w.rawControl.Close()
}

// pipes returns two connected streams whose waiting synctest sees.
func pipes(testing.TB) (ours, theirs net.Conn) { return net.Pipe() }

func unready(t testing.TB, connect func(testing.TB) (net.Conn, net.Conn), slots int, c fsm1.Config) (*fsm1.Link, *worker) {
	t.Helper()
	data, theirData := connect(t)
	control, theirControl := connect(t)
	w := &worker{
		t: t, data: frame.NewConn(theirData, 0), control: frame.NewConn(theirControl, 0), slots: slots,
		running: map[uint64]*job{}, early: map[uint64]bool{}, states: map[stateName]string{},
		wrote: map[stateName]any{}, rawData: theirData, rawControl: theirControl,
	}
	var done sync.WaitGroup
	done.Go(func() {
		defer theirData.Close()
		w.serve()
	})
	done.Go(func() {
		defer theirControl.Close()
		w.obey()
	})
	l := fsm1.New(data, control, c)
	t.Cleanup(func() {
		l.Close()
		done.Wait()
	})
	return l, w
}

func (w *worker) serve() {
	w.writes(frame.Frame{Type: frame.TypeHello, Payload: fmt.Appendf(nil, `{"versions":[1],%s,"slots":%d}`, capable, w.slots)})
	f, err := w.data.ReadFrame()
	var welcome struct {
		Code   any `json:"code_version"`
		Limits struct{ Window, Slots int }
	}
	if err == nil {
		err = json.Unmarshal(f.Payload, &welcome)
	}
	if err != nil {
		w.t.Errorf("WELCOME: %v", err)
		return
	}
	w.window, w.version = welcome.Limits.Window, welcome.Code
	w.writes(frame.Frame{Type: frame.TypeReady, Payload: []byte(`{"commands":[]}`)})
	for {
		f, err := w.data.ReadFrame()
		if err != nil {
			break
		}
		w.take(f)
	}
	w.stopAll()
	w.finished.Wait()
}

func (w *worker) stopAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.running {
		j.stop()
	}
}

func (w *worker) take(f frame.Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.Type {
	case frame.TypeRequest, frame.TypeExport, frame.TypeImport:
		w.begin(f)
	case frame.TypeChunk, frame.TypeCredit:
		if j := w.running[f.ID]; j != nil {
			w.judge(j.take(f))
		}
	default:
		w.t.Errorf("the worker reads %v", f.Type)
	}
}

func (w *worker) begin(f frame.Frame) {
	if f.ID <= w.lastID {
		w.t.Errorf("id %d after %d", f.ID, w.lastID)
	}
	w.lastID = f.ID
	if f.Type == frame.TypeRequest && w.requests() == w.slots {
		w.t.Errorf("more than %d requests in flight", w.slots)
	}
	w.begun++
	j := &job{request: f, number: w.begun, credit: w.window, news: make(chan struct{}, 1)}
	j.ctx, j.stop = context.WithCancel(context.Background())
	if len(f.Meta) > 0 {
		if err := json.Unmarshal(f.Meta, &j.meta); err != nil {
			w.t.Error(err)
		}
	}
	if w.early[f.ID] {
		j.stop()
	}
	w.running[f.ID] = j
	w.finished.Go(func() { w.run(j) })
}

// requests is how many requests run.
func (w *worker) requests() (n int) {
	for _, j := range w.running {
		if j.request.Type == frame.TypeRequest {
			n++
		}
	}
	return n
}

// take returns how much had not been given back before.
func (j *job) take(f frame.Frame) (held int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.Type == frame.TypeCredit {
		j.credit += int(binary.BigEndian.Uint32(f.Payload))
	} else {
		held = j.held
		j.held += 16 + len(f.Payload)
		j.input = append(j.input, f)
	}
	select {
	case j.news <- struct{}{}:
	default:
	}
	return held
}

func (w *worker) judge(held int) {
	if held > 0 && held >= w.window {
		w.t.Errorf("input without credit: %d bytes of %d are under way", held, w.window)
	}
}

// obey is the control side.
func (w *worker) obey() {
	for {
		f, err := w.control.ReadFrame()
		if err != nil {
			return
		}
		switch f.Type {
		case frame.TypeCancel:
			w.cancel(f.ID)
		case frame.TypeDrop:
			w.drop(f)
		case frame.TypePing:
			err = w.control.WriteFrame(frame.Frame{Type: frame.TypePong, ID: f.ID, Payload: []byte(`{"ok":true}`)})
		default:
			err = w.control.WriteFrame(frame.Frame{Type: frame.TypeBye, ID: f.ID})
		}
		if err != nil {
			return
		}
	}
}

func (w *worker) cancel(id uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j := w.running[id]; j != nil {
		j.stop()
	}
	if id > w.lastID {
		w.early[id] = true
	}
}

func (w *worker) writes(f frame.Frame) {
	w.writing.Lock()
	defer w.writing.Unlock()
	_ = w.data.WriteFrame(f) // the pool may be gone
}

// run answers a request as its command says.
func (w *worker) run(j *job) {
	answer := w.handle(j)
	if j.ctx.Err() != nil && answer.Type == 0 {
		answer = frame.Frame{Type: frame.TypeCancelled}
	}
	answer.ID = j.request.ID
	w.mu.Lock()
	delete(w.running, answer.ID)
	w.mu.Unlock()
	if j.meta["checkpoint"] == true {
		w.mu.Lock()
		state, known := w.states[stateName{j.request.Session, j.request.Generation}]
		w.mu.Unlock()
		if !known {
			state = fmt.Sprint(j.number)
		}
		w.writes(frame.Frame{Type: frame.TypeSnapshot, ID: answer.ID, Payload: []byte(state)})
	}
	w.writes(answer)
}

// collect reads a stream to its end.
func collect(a wire.Answers) (pieces [][]byte, last wire.Response, err error) {
	for {
		r, err := a.Next()
		if err == wire.EndOfStream {
			return pieces, r, a.Close()
		}
		if err != nil {
			return pieces, r, errors.Join(err, a.Close())
		}
		pieces = append(pieces, r.Payload)
	}
}
