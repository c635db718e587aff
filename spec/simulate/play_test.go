package simulate_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

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
