package mutation

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Result is what became of one mistake.
type Result struct {
	Name    string
	Noticed bool
	By      string // the first line that says so; empty for a mistake that was not noticed
}

// Try runs the tests of the mistake m of l with the mistake in place. It is noticed when one of the tests fails or does not
// end. The error is that of a mistake that could not be tried, because it does not fit the code or does not compile.
func (l *List) Try(ctx context.Context, m *Mutation) (Result, error) {
	scratch, err := os.MkdirTemp("", "mutation-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(scratch)
	overlay, err := m.overlay(l.Dir, scratch)
	if err != nil {
		return Result{}, fmt.Errorf("mutation: %q: %w", m.Name, err)
	}
	for _, test := range m.tests {
		by, err := l.test(ctx, test, overlay)
		if err != nil {
			return Result{}, fmt.Errorf("mutation: %q: %w", m.Name, err)
		}
		if by != "" {
			return Result{Name: m.Name, Noticed: true, By: by}, nil
		}
	}
	return Result{Name: m.Name}, nil
}

// Baseline runs every test of the given mistakes on the code as it is, which all have to pass.
func (l *List) Baseline(ctx context.Context, of []Mutation) error {
	var done [][]string
	for _, m := range of {
		for _, test := range m.tests {
			if slices.ContainsFunc(done, func(other []string) bool { return slices.Equal(test, other) }) {
				continue
			}
			done = append(done, test)
			by, err := l.test(ctx, test, "")
			if err == nil && by != "" {
				err = fmt.Errorf("go test %s fails without a mistake: %s", strings.Join(test, " "), by)
			}
			if err != nil {
				return fmt.Errorf("mutation: %s: %w", l.Dir, err)
			}
		}
	}
	return nil
}

// overlay writes the changed files below scratch, and the file that names them to the go command.
func (m *Mutation) overlay(dir, scratch string) (string, error) {
	changed, err := m.Apply(dir)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for path, source := range changed {
		original, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		replace[original] = filepath.Join(scratch, strconv.Itoa(len(replace))+filepath.Base(path))
		if err := os.WriteFile(replace[original], []byte(source), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(scratch, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// failure is a line of go test about a test that failed; what its cause is stands in the line before or behind it.
var failure = regexp.MustCompile(`^\s*--- FAIL|^panic:|^fatal error:|^FAIL\s|_test\.go:\d+: `)

// test runs go test in the directory of the list, and returns the line that shows that it failed; empty if it passed. The
// error is that of a package that does not build.
func (l *List) test(ctx context.Context, arguments []string, overlay string) (by string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args := []string{"test", "-count=1", "-failfast", "-timeout=3m"}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if l.notice != nil {
		args = append(args, "-v") // lines come before the end of the test only then
	}
	cmd := exec.CommandContext(ctx, "go", append(args, arguments...)...)
	cmd.Dir = l.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the go command leaves its test behind when it is killed
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return "", err
	}
	var said bytes.Buffer
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if l.notice != nil && l.notice.MatchString(line) {
			cancel()
			_ = cmd.Wait() // it was killed
			return strings.TrimSpace(line), nil
		}
		said.WriteString(line + "\n")
	}
	if err := cmd.Wait(); err == nil {
		return "", nil
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return verdict(said.String())
}

// verdict is the line of a failed run that shows why it failed, or an error if nothing was run.
func verdict(said string) (by string, err error) {
	if strings.Contains(said, "[build failed]") || strings.Contains(said, "[setup failed]") {
		return "", fmt.Errorf("does not compile, and shows nothing:\n%s", said)
	}
	for line := range strings.Lines(said) {
		if failure.MatchString(line) {
			return strings.TrimSpace(line), nil
		}
	}
	return "", fmt.Errorf("go test failed without a failed test:\n%s", said)
}
