package wire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// capable is what the worker of these tests can do.
const capable = `"capabilities":["cancel","stream","log","session","drop","shared"]`

// worker is a whole worker of fsm1 in this process: it reads for all of its slots, runs every request on a goroutine of
// its own, and insists on the rules.
type worker struct {
	t       testing.TB
	data    *wire.Conn
	control *wire.Conn
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
	request wire.Frame
	number  int // counted from 1
	meta    map[string]any
	ctx     context.Context
	stop    context.CancelFunc

	mu     sync.Mutex
	credit int
	held   int // bytes of input that have not been given back
	input  []wire.Frame
	news   chan struct{}
}

// link returns a link to a new worker, after the handshake. Both end with the test.
func link(t testing.TB, slots int, c wire.FSM1Config, w wire.Welcome) *wire.FSM1 {
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

// meet answers when as many requests are inside as the payload says.
func (w *worker) meet(j *job) wire.Frame {
	var args struct{ N int }
	if err := json.Unmarshal(j.request.Payload, &args); err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	if w.inside == 0 {
		w.met = make(chan struct{})
	}
	w.inside++
	met := w.met
	if w.inside == args.N {
		w.inside = 0
		close(met)
	}
	w.mu.Unlock()
	select {
	case <-met:
		return wire.Frame{Type: wire.TypeResponse, Payload: []byte("null")}
	case <-j.ctx.Done():
		return wire.Frame{}
	}
}

// tokens streams numbers, and then does as the payload says.
func (w *worker) tokens(j *job) wire.Frame {
	var args struct {
		N    int
		Then string
	}
	if err := json.Unmarshal(j.request.Payload, &args); err != nil {
		w.t.Error(err)
	}
	for i := range args.N {
		piece := fmt.Append(nil, i)
		if !j.spend(16 + len(piece)) {
			return wire.Frame{}
		}
		w.writes(wire.Frame{Type: wire.TypeChunk, ID: j.request.ID, Payload: piece})
	}
	switch args.Then {
	case "fail":
		return wire.Frame{Type: wire.TypeError, Payload: []byte(`{"kind":"handler_error","message":"no"}`)}
	case "die":
		w.dies()
		return wire.Frame{}
	case "wait":
		<-j.ctx.Done()
		return wire.Frame{}
	}
	if !j.spend(16) {
		return wire.Frame{}
	}
	return wire.Frame{Type: wire.TypeChunk, Flags: wire.FlagLast}
}

// add adds 1 to the state of a session, which is kept under its name and generation.
func (w *worker) add(j *job) wire.Frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := stateName{j.request.Session, j.request.Generation}
	for other := range w.states {
		if other.session == name.session && other != name {
			delete(w.states, other)
		}
	}
	var state struct {
		N int `json:"n"`
	}
	_ = json.Unmarshal([]byte(w.states[name]), &state) // none is 0
	state.N++
	text, _ := json.Marshal(state)
	w.states[name] = string(text)
	return wire.Frame{Type: wire.TypeResponse, Payload: fmt.Append(nil, state.N)}
}

type stateName struct {
	session    string
	generation uint64
}

// nameOf is the session in the metadata of an EXPORT or IMPORT.
func nameOf(j *job) stateName {
	generation, _ := j.meta["generation"].(float64)
	return stateName{j.meta["session"].(string), uint64(generation)}
}

// drop forgets sessions, as DROP says.
func (w *worker) drop(f wire.Frame) {
	var list [][2]any
	if err := json.Unmarshal(f.Payload, &list); err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, pair := range list {
		for name := range w.states {
			if name.session == pair[0] && float64(name.generation) <= pair[1].(float64) {
				delete(w.states, name)
			}
		}
	}
}

// pipes returns two connected streams whose waiting synctest sees.
func pipes(testing.TB) (ours, theirs net.Conn) { return net.Pipe() }

func unready(t testing.TB, connect func(testing.TB) (net.Conn, net.Conn), slots int, c wire.FSM1Config) (*wire.FSM1, *worker) {
	t.Helper()
	data, theirData := connect(t)
	control, theirControl := connect(t)
	w := &worker{
		t: t, data: wire.NewConn(theirData, 0), control: wire.NewConn(theirControl, 0), slots: slots,
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
	l := wire.NewFSM1(data, control, c)
	t.Cleanup(func() {
		l.Close()
		done.Wait()
	})
	return l, w
}

func (w *worker) serve() {
	w.writes(wire.Frame{Type: wire.TypeHello, Payload: fmt.Appendf(nil, `{"versions":[1],%s,"slots":%d}`, capable, w.slots)})
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
	w.writes(wire.Frame{Type: wire.TypeReady, Payload: []byte(`{"commands":[]}`)})
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

func (w *worker) take(f wire.Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.Type {
	case wire.TypeRequest, wire.TypeExport, wire.TypeImport:
		w.begin(f)
	case wire.TypeChunk, wire.TypeCredit:
		if j := w.running[f.ID]; j != nil {
			w.judge(j.take(f))
		}
	default:
		w.t.Errorf("the worker reads %v", f.Type)
	}
}

func (w *worker) begin(f wire.Frame) {
	if f.ID <= w.lastID {
		w.t.Errorf("id %d after %d", f.ID, w.lastID)
	}
	w.lastID = f.ID
	if f.Type == wire.TypeRequest && w.requests() == w.slots {
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
		if j.request.Type == wire.TypeRequest {
			n++
		}
	}
	return n
}

// take returns how much had not been given back before.
func (j *job) take(f wire.Frame) (held int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.Type == wire.TypeCredit {
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
		case wire.TypeCancel:
			w.cancel(f.ID)
		case wire.TypeDrop:
			w.drop(f)
		case wire.TypePing:
			err = w.control.WriteFrame(wire.Frame{Type: wire.TypePong, ID: f.ID, Payload: []byte(`{"ok":true}`)})
		default:
			err = w.control.WriteFrame(wire.Frame{Type: wire.TypeBye, ID: f.ID})
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

func (w *worker) writes(f wire.Frame) {
	w.writing.Lock()
	defer w.writing.Unlock()
	_ = w.data.WriteFrame(f) // the pool may be gone
}

// run answers a request as its command says.
func (w *worker) run(j *job) {
	answer := w.handle(j)
	if j.ctx.Err() != nil && answer.Type == 0 {
		answer = wire.Frame{Type: wire.TypeCancelled}
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
		w.writes(wire.Frame{Type: wire.TypeSnapshot, ID: answer.ID, Payload: []byte(state)})
	}
	w.writes(answer)
}

// handle returns the frame that ends the request; none if it was cancelled.
func (w *worker) handle(j *job) wire.Frame {
	switch j.request.Type {
	case wire.TypeExport:
		return w.export(j)
	case wire.TypeImport:
		switch string(j.request.Payload) {
		case `{"stuck":true}`:
			<-j.ctx.Done()
			return wire.Frame{}
		case `"deaf"`:
			time.Sleep(time.Hour)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.states[nameOf(j)], w.wrote[nameOf(j)] = string(j.request.Payload), j.meta["code_version"]
		return wire.Frame{Type: wire.TypeImported}
	}
	switch j.request.Command {
	case "echo":
		return wire.Frame{Type: wire.TypeResponse, Payload: j.request.Payload}
	case "fail":
		return wire.Frame{Type: wire.TypeError, Payload: []byte(`{"kind":"handler_error","message":"no"}`)}
	case "wait":
		<-j.ctx.Done()
		return wire.Frame{}
	case "deaf":
		time.Sleep(time.Hour)
		return wire.Frame{Type: wire.TypeResponse, Payload: []byte(`"late"`)}
	case "die":
		w.dies()
		return wire.Frame{}
	case "meet":
		return w.meet(j)
	case "tokens":
		return w.tokens(j)
	case "add":
		return w.add(j)
	case "version":
		return label(w.version)
	case "wrote":
		w.mu.Lock()
		defer w.mu.Unlock()
		return label(w.wrote[stateName{j.request.Session, j.request.Generation}])
	case "count":
		return w.count(j)
	case "sum":
		return w.sum(j)
	}
	return wire.Frame{Type: wire.TypeError, Payload: []byte(`{"kind":"unknown_command"}`)}
}

// label answers with a version: null if there is none.
func label(version any) wire.Frame {
	text, _ := json.Marshal(version) // a string or nil
	return wire.Frame{Type: wire.TypeResponse, Payload: text}
}

func (w *worker) export(j *job) wire.Frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := nameOf(j)
	state, known := w.states[name]
	if !known {
		return wire.Frame{Type: wire.TypeError, Payload: []byte(`{"kind":"no_session","message":"` + name.session + `"}`)}
	}
	if j.meta["drop"] == true {
		delete(w.states, name)
	}
	return wire.Frame{Type: wire.TypeSnapshot, Payload: []byte(state)}
}

// count streams as many pieces of as many bytes as the payload says.
func (w *worker) count(j *job) wire.Frame {
	var n, size int
	if _, err := fmt.Sscan(string(j.request.Payload), &n, &size); err != nil {
		w.t.Error(err)
	}
	for i := range n {
		piece := bytes.Repeat([]byte{byte(i)}, size)
		if !j.spend(16 + len(piece)) {
			return wire.Frame{}
		}
		w.writes(wire.Frame{Type: wire.TypeChunk, ID: j.request.ID, Payload: piece})
	}
	if !j.spend(16) {
		return wire.Frame{}
	}
	return wire.Frame{Type: wire.TypeChunk, Flags: wire.FlagLast}
}

func (j *job) spend(n int) bool {
	return j.until(func() bool {
		if j.credit <= 0 {
			return false
		}
		j.credit -= n
		return true
	})
}

// until waits until check, which holds the lock, is true. It returns false when the job is cancelled.
func (j *job) until(check func() bool) bool {
	for {
		j.mu.Lock()
		ok := j.ctx.Err() == nil && check()
		j.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-j.news:
		case <-j.ctx.Done():
			return false
		}
	}
}

// sum counts the bytes of its input, and streams the count so far if it may.
func (w *worker) sum(j *job) wire.Frame {
	total, taken := 0, 0
	for {
		var f wire.Frame
		if !j.until(func() bool {
			if len(j.input) == 0 {
				return false
			}
			f, j.input = j.input[0], j.input[1:]
			return true
		}) {
			return wire.Frame{}
		}
		total += len(f.Payload)
		taken += 16 + len(f.Payload)
		if f.Flags&wire.FlagLast != 0 {
			return w.total(j, total)
		}
		if taken >= w.window/4 {
			w.giveBack(j, taken)
			taken = 0
		}
		if j.meta["stream"] == true {
			text := fmt.Append(nil, total)
			if !j.spend(16 + len(text)) {
				return wire.Frame{}
			}
			w.writes(wire.Frame{Type: wire.TypeChunk, ID: f.ID, Payload: text})
		}
	}
}

func (w *worker) giveBack(j *job, n int) {
	j.mu.Lock()
	j.held -= n
	j.mu.Unlock()
	w.writes(wire.Frame{Type: wire.TypeCredit, ID: j.request.ID, Payload: binary.BigEndian.AppendUint32(nil, uint32(n))})
}

func (w *worker) total(j *job, n int) wire.Frame {
	f := wire.Frame{Type: wire.TypeResponse, Payload: fmt.Append(nil, n)}
	if j.meta["stream"] == true {
		if !j.spend(16 + len(f.Payload)) {
			return wire.Frame{}
		}
		f.Type, f.Flags = wire.TypeChunk, wire.FlagLast
	}
	return f
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
