package fsm1_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
)

// The commands of the worker of these tests, each of which is one way in which an answer comes.

// meet answers when as many requests are inside as the payload says.
func (w *worker) meet(j *job) frame.Frame {
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
		return frame.Frame{Type: frame.TypeResponse, Payload: []byte("null")}
	case <-j.ctx.Done():
		return frame.Frame{}
	}
}

// tokens streams numbers, and then does as the payload says.
func (w *worker) tokens(j *job) frame.Frame {
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
			return frame.Frame{}
		}
		w.writes(frame.Frame{Type: frame.TypeChunk, ID: j.request.ID, Payload: piece})
	}
	switch args.Then {
	case "fail":
		return frame.Frame{Type: frame.TypeError, Payload: []byte(`{"kind":"handler_error","message":"no"}`)}
	case "die":
		w.dies()
		return frame.Frame{}
	case "wait":
		<-j.ctx.Done()
		return frame.Frame{}
	}
	if !j.spend(16) {
		return frame.Frame{}
	}
	return frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast}
}

// add adds 1 to the state of a session, which is kept under its name and generation.
func (w *worker) add(j *job) frame.Frame {
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
	return frame.Frame{Type: frame.TypeResponse, Payload: fmt.Append(nil, state.N)}
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
func (w *worker) drop(f frame.Frame) {
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

// handle returns the frame that ends the request; none if it was cancelled.
func (w *worker) handle(j *job) frame.Frame {
	switch j.request.Type {
	case frame.TypeExport:
		return w.export(j)
	case frame.TypeImport:
		switch string(j.request.Payload) {
		case `{"stuck":true}`:
			<-j.ctx.Done()
			return frame.Frame{}
		case `"deaf"`:
			time.Sleep(time.Hour)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.states[nameOf(j)], w.wrote[nameOf(j)] = string(j.request.Payload), j.meta["code_version"]
		return frame.Frame{Type: frame.TypeImported}
	}
	switch j.request.Command {
	case "echo":
		return frame.Frame{Type: frame.TypeResponse, Payload: j.request.Payload}
	case "fail":
		return frame.Frame{Type: frame.TypeError, Payload: []byte(`{"kind":"handler_error","message":"no"}`)}
	case "wait":
		<-j.ctx.Done()
		return frame.Frame{}
	case "deaf":
		time.Sleep(time.Hour)
		return frame.Frame{Type: frame.TypeResponse, Payload: []byte(`"late"`)}
	case "die":
		w.dies()
		return frame.Frame{}
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
	return frame.Frame{Type: frame.TypeError, Payload: []byte(`{"kind":"unknown_command"}`)}
}

func (w *worker) export(j *job) frame.Frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := nameOf(j)
	state, known := w.states[name]
	if !known {
		return frame.Frame{Type: frame.TypeError, Payload: []byte(`{"kind":"no_session","message":"` + name.session + `"}`)}
	}
	if j.meta["drop"] == true {
		delete(w.states, name)
	}
	return frame.Frame{Type: frame.TypeSnapshot, Meta: []byte(`{"exported_by":"save"}`), Payload: []byte(state)}
}

// count streams as many pieces of as many bytes as the payload says.
func (w *worker) count(j *job) frame.Frame {
	var n, size int
	if _, err := fmt.Sscan(string(j.request.Payload), &n, &size); err != nil {
		w.t.Error(err)
	}
	for i := range n {
		piece := bytes.Repeat([]byte{byte(i)}, size)
		if !j.spend(16 + len(piece)) {
			return frame.Frame{}
		}
		w.writes(frame.Frame{Type: frame.TypeChunk, ID: j.request.ID, Payload: piece})
	}
	if !j.spend(16) {
		return frame.Frame{}
	}
	return frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast}
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
func (w *worker) sum(j *job) frame.Frame {
	total, taken := 0, 0
	for {
		var f frame.Frame
		if !j.until(func() bool {
			if len(j.input) == 0 {
				return false
			}
			f, j.input = j.input[0], j.input[1:]
			return true
		}) {
			return frame.Frame{}
		}
		total += len(f.Payload)
		taken += 16 + len(f.Payload)
		if f.Flags&frame.FlagLast != 0 {
			return w.total(j, total)
		}
		if taken >= w.window/4 {
			w.giveBack(j, taken)
			taken = 0
		}
		if j.meta["stream"] == true {
			text := fmt.Append(nil, total)
			if !j.spend(16 + len(text)) {
				return frame.Frame{}
			}
			w.writes(frame.Frame{Type: frame.TypeChunk, ID: f.ID, Payload: text})
		}
	}
}

func (w *worker) giveBack(j *job, n int) {
	j.mu.Lock()
	j.held -= n
	j.mu.Unlock()
	w.writes(frame.Frame{Type: frame.TypeCredit, ID: j.request.ID, Payload: binary.BigEndian.AppendUint32(nil, uint32(n))})
}

func (w *worker) total(j *job, n int) frame.Frame {
	f := frame.Frame{Type: frame.TypeResponse, Payload: fmt.Append(nil, n)}
	if j.meta["stream"] == true {
		if !j.spend(16 + len(f.Payload)) {
			return frame.Frame{}
		}
		f.Type, f.Flags = frame.TypeChunk, frame.FlagLast
	}
	return f
}

// label answers with a version: null if there is none.
func label(version any) frame.Frame {
	text, _ := json.Marshal(version) // a string or nil
	return frame.Frame{Type: frame.TypeResponse, Payload: text}
}
