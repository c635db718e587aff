package simulate_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/internal/spectest/drive"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

var update = flag.Bool("update", false, "write what the tests expect")

// Each archive is a spec, then scripts, each followed by its transcript.
func TestPlay_Transcripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/play/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { playArchive(t, path) })
	}
}

func playArchive(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, archive.Files[0].Name, archive.Files[0].Data)
	got := &txtar.Archive{Comment: archive.Comment, Files: archive.Files[:1:1]}
	for _, f := range archive.Files[1:] {
		if filepath.Ext(f.Name) == ".script" {
			transcript := txtar.File{Name: strings.TrimSuffix(f.Name, ".script") + ".transcript", Data: play(t, m, f.Data)}
			got.Files = append(got.Files, f, transcript)
		}
	}
	text := txtar.Format(got)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(txtar.Format(archive)), string(text)); diff != "" && !*update {
		t.Errorf("transcripts (-want +got):\n%s", diff)
	}
}

// play returns the transcript of a script.
func play(t *testing.T, m *spec.Machine, script []byte) []byte {
	t.Helper()
	stimuli, err := simulate.ParseScript(string(script))
	if err != nil {
		t.Fatal(err)
	}
	machine, answers, rest, err := simulate.Start(m, stimuli, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := simulate.Play(&out, machine, answers, rest); err != nil {
		out.WriteString("! " + err.Error() + "\n")
	}
	return out.Bytes()
}

func load(t testing.TB, path string, source []byte) *spec.Machine {
	t.Helper()
	m, found := spec.Load(path, source)
	if !found.HasErrors() {
		return m
	}
	for _, f := range found {
		t.Errorf("%s:%d:%d: %s [%s]", path, f.Pos.Line, f.Pos.Column, f.Message, f.Code)
	}
	t.FailNow()
	return nil
}

// tracer answers for the hooks of random specs as [drive.Hooks] does.
type tracer struct{ *drive.Trace }

func (t tracer) Guard(q *simulate.Question) bool {
	answer := t.Trace.Guard(q.Name())
	if n, ok := q.Payload["n"].(int); ok && q.Name() == "gn" {
		return answer != (n%3 == 0)
	}
	return answer
}

func (t tracer) Choose(q *simulate.Question) string {
	return q.Hook.Outcomes[t.Trace.Choose(q.Name(), len(q.Hook.Outcomes))].Value
}

func (t tracer) Reply(q *simulate.Question) (any, error) {
	return t.Trace.Reply(q.Name(), values(q)...), nil
}

func (t tracer) Act(q *simulate.Question) {
	t.Trace.Act(q.Name(), values(q)...)
	if q.Name() == "bump" {
		count, _ := q.Data["count"].(int64)
		q.Data["count"] = count + 1
	}
}

func values(q *simulate.Question) []any {
	if n, ok := q.Payload["n"]; ok {
		return []any{n}
	}
	return nil
}

// walkInterp takes an interpreted machine along a walk, and returns what it is seen to do.
func walkInterp(t testing.TB, m *spec.Machine, seed uint64, walk []spectest.Move) []string {
	t.Helper()
	trace := &drive.Trace{Walk: seed}
	machine, err := simulate.New(m, tracer{trace}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := walker{m: machine, trace: trace}
	w.see(-1, nil, nil)
	for i, move := range walk {
		reply, err := w.move(move)
		w.see(i, reply, err)
	}
	return trace.Lines
}

type walker struct {
	m     *simulate.Machine
	trace *drive.Trace
	ended bool
}

func (w *walker) move(m spectest.Move) (any, error) {
	switch {
	case m.Event >= 0:
		return w.m.Send(spectest.Events[m.Event], simulate.Values{"n": m.N})
	case m.Wait > 0:
		w.m.Advance(m.Wait)
	case len(w.invokes()) > 0:
		w.finish(m)
	}
	return nil, nil
}

// invokes are those that are on, in the order of the spec, as generated machines number them.
func (w *walker) invokes() []*spec.Invocation {
	var on []*spec.Invocation
	for s := range w.m.Spec().All() {
		for _, v := range s.Invokes {
			if slices.Contains(w.m.Invokes(), v) {
				on = append(on, v)
			}
		}
	}
	return on
}

func (w *walker) finish(m spectest.Move) {
	on := w.invokes()
	v := on[m.N%len(on)]
	switch {
	case m.Fails:
		w.m.Conclude(v, nil, drive.ErrFailed)
	case v.Src.Value == "fetch":
		w.m.Conclude(v, simulate.Values{"n": m.N}, nil)
	default:
		w.m.Conclude(v, nil, nil)
	}
}

func (w *walker) see(move int, reply any, err error) {
	if w.m.Err() != nil && !w.ended {
		w.ended = true
		w.trace.Act("terminated", " ", w.m.Cause())
	}
	count, _ := w.m.Data()["count"].(int64)
	s := drive.Sight{Reply: reply, Err: err, State: w.m.State().Name, Count: int(count), Invokes: len(w.m.Invokes()), Next: -1}
	if timers := w.m.Timers(); len(timers) > 0 && w.m.Err() == nil {
		s.Next = timers[0].Left
	}
	w.trace.See(move, s)
}
