package fsmgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheReadmeIsTrue builds what the README shows, in an empty module: the machine is generated and run, the pool program
// is compiled.
//
// Rows: D1.
func TestTheReadmeIsTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	readme := []byte(readFile(t, "README.md"))
	dir := t.TempDir()
	writeModule(t, root, dir, "tour")
	programs := blocks(readme, "go")
	spec := strings.Replace(blocks(readme, "yaml")[1], "{10s: ", "{1ms: ", 1) // so that the test need not wait
	write(t, dir, "door/door.fsm.yaml", spec)
	write(t, dir, "door/main.go", programs[0])
	write(t, dir, "pool/main.go", programs[1])

	run(t, root, "go", "run", "./cmd/fsmgen", "-C", filepath.Join(dir, "door"), "generate")
	out := run(t, dir, "go", "run", "-mod=mod", "./door")
	if !strings.HasPrefix(out, "1 <nil>\n") || !strings.HasSuffix(out, "<nil>\nlocked\n") {
		t.Errorf("the door says:\n%s", out)
	}
	run(t, dir, "go", "vet", "-mod=mod", "./pool")
}

func TestReadme_TheDiagramIsThatOfTheSpecAboveIt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds fsmgen")
	}
	readme := []byte(readFile(t, "README.md"))
	dir := t.TempDir()
	write(t, dir, "door.fsm.yaml", blocks(readme, "yaml")[0])
	want := run(t, ".", "go", "run", "./cmd/fsmgen", "-C", dir, "diagram", "door.fsm.yaml")
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(blocks(readme, "mermaid")[0])); diff != "" {
		t.Errorf("the first diagram of README.md (-fsmgen +README.md):\n%s", diff)
	}
}

// blocks returns the fenced blocks of a language.
func blocks(markdown []byte, language string) (texts []string) {
	fence := regexp.MustCompile("(?s)```" + language + "\n(.*?)```")
	for _, match := range fence.FindAllSubmatch(markdown, -1) {
		texts = append(texts, string(match[1]))
	}
	return texts
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		stderr := ""
		if exit, ok := err.(*exec.ExitError); ok {
			stderr = string(exit.Stderr)
		}
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr)
	}
	return string(out)
}
