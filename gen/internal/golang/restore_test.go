package golang_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/internal/spectest/stored"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// reading is what the program of the test prints of a snapshot: the error of ReadSnapshot.
type reading struct{ Field, Want string }

// TestReadSnapshot_RefusesWhatDiffSays compiles random versions of specs into one program, gives it everything that
// machines of an older version can be stored with, and compares what it refuses with what diff says.
func TestReadSnapshot_RefusesWhatDiffSays(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles machines")
	}
	const pairs = 12
	dir := emptyModule(t)
	var olds, news []*spec.Machine
	var imports, readers strings.Builder
	for seed := uint64(5000); len(olds) < pairs; seed++ {
		old, now, ok := stored.Versions(seed)
		if !ok {
			continue
		}
		name := fmt.Sprintf("now%d", len(olds))
		now.Go.Package.Value, now.Go.Emit = name, []spec.Text{{Value: "snapshot"}}
		files, err := golang.Files(now)
		if err != nil {
			continue // two things of one Go name
		}
		for _, f := range files {
			writeInto(t, filepath.Join(dir, name), f.Name, f.Content)
		}
		fmt.Fprintf(&imports, "\t%q\n", "example.com/machines/"+name)
		fmt.Fprintf(&readers, "\tfunc(text []byte) error { _, err := %s.ReadSnapshot(text, nil); return err },\n", name)
		olds, news = append(olds, old), append(news, now)
	}
	writeInto(t, dir, "main.go", []byte(strings.NewReplacer("IMPORTS", imports.String(), "READERS", readers.String()).Replace(readerProgram)))
	var snapshots []any
	var parts [][]stored.Part
	for i, old := range olds {
		parts = append(parts, stored.Parts(old))
		for _, p := range parts[i] {
			snapshots = append(snapshots, map[string]any{"Reader": i, "Snapshot": p.Snapshot})
		}
	}
	readings, refused := run(t, dir, snapshots), 0
	for i := range olds {
		want, said := map[string]bool{}, map[string]bool{}
		states := 0
		for _, p := range parts[i] {
			if key := p.Refused(readings[0].Field, readings[0].Want); key != "" {
				want[key] = true
				if strings.HasPrefix(key, "state ") {
					states++
				}
			}
			readings = readings[1:]
		}
		for _, c := range verify.Diff(olds[i], news[i]) {
			key := c.What + " " + c.Name
			if c.Affected == verify.Snapshots && c.Is == "refused" && (states < len(olds[i].Leaves()) || want[key]) {
				said[key] = true
			}
		}
		refused += len(want)
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("what is refused (-by ReadSnapshot +by diff):\n%s\nof %s\nin %s", diff, olds[i].Source, news[i].Source)
		}
	}
	if refused == 0 {
		t.Error("nothing is refused: the test shows nothing")
	}
}

// readerProgram reads snapshots with the package of each, and prints the errors.
const readerProgram = `package main

import (
	"encoding/json"
	"errors"
	"os"

	fsm "github.com/fsmgen/fsmgen/runtime"
IMPORTS)

var readers = []func(text []byte) error{
READERS}

func main() {
	var snapshots []struct {
		Reader   int
		Snapshot json.RawMessage
	}
	if err := json.NewDecoder(os.Stdin).Decode(&snapshots); err != nil {
		panic(err)
	}
	errs := make([]struct{ Field, Want string }, len(snapshots))
	for i, s := range snapshots {
		if refused, ok := errors.AsType[*fsm.SnapshotError](readers[s.Reader](s.Snapshot)); ok {
			errs[i].Field, errs[i].Want = refused.Field, refused.Want
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(errs); err != nil {
		panic(err)
	}
}
`

func writeInto(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name), content)
}

func run(t *testing.T, dir string, snapshots []any) []reading {
	t.Helper()
	input, err := json.Marshal(snapshots)
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command("go", "run", ".")
	var output, failure bytes.Buffer
	program.Dir, program.Stdin, program.Stdout, program.Stderr = dir, bytes.NewReader(input), &output, &failure
	if err := program.Run(); err != nil {
		t.Fatalf("%v: %s", err, failure.Bytes())
	}
	var readings []reading
	if err := json.Unmarshal(output.Bytes(), &readings); err != nil || len(readings) != len(snapshots) {
		t.Fatalf("%d readings of %d snapshots: %v", len(readings), len(snapshots), err)
	}
	return readings
}
