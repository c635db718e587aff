// Command validation runs the tests that show the rows of docs/requirements.md, with coverage, and writes
// docs/validation.md. It runs in the root of the module, and exits with 1 if a row is not shown.
//
//	validation              all tests of the packages that show rows; writes the page
//	validation -kind KIND   only the tests of one kind, such as "real Python"; prints the page and writes nothing
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/internal/validation"
)

// The pages, and the path of the module.
const (
	requirementsPage = "docs/requirements.md"
	validationPage   = "docs/validation.md"
	module           = "github.com/fsmgen/fsmgen"
)

func main() {
	kind := flag.String("kind", "", "run only the tests of this `kind`, and print the page instead of writing it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *kind, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kind string, stdout io.Writer) error {
	text, err := os.ReadFile(requirementsPage)
	if err != nil {
		return err
	}
	r := validation.Report{Requirements: validation.ParseRequirements(string(text)), Module: module, Conditions: conditions()}
	if kind != "" {
		if r.Requirements, err = r.Requirements.Only(kind); err != nil {
			return err
		}
	}
	page, err := measure(ctx, &r, kind != "")
	if err != nil {
		return err
	}
	if kind != "" {
		_, err = io.WriteString(stdout, page)
	} else {
		err = os.WriteFile(validationPage, []byte(page), 0o644)
	}
	if unshown := r.Unshown(); len(unshown) > 0 {
		err = errors.Join(err, fmt.Errorf("validation: rows that are not shown:\n%s", strings.Join(unshown, "\n")))
	}
	return err
}

// measure runs the tests and returns the page.
func measure(ctx context.Context, r *validation.Report, only bool) (page string, err error) {
	if !only {
		restore, prepared := writeEmpty(*r)
		if prepared != nil {
			return "", prepared
		}
		defer func() {
			if page == "" { // there are no new results: the old ones stay
				err = errors.Join(err, restore())
			}
		}()
	}
	if r.Results, err = test(ctx, r.Requirements, only); err != nil {
		return "", err
	}
	return r.Page()
}

// writeEmpty writes a page without results, because one of the tests compares the page with the requirements, and returns what
// writes the page as it was before.
func writeEmpty(r validation.Report) (restore func() error, err error) {
	old, err := os.ReadFile(validationPage)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r.Results = validation.NewResults()
	empty, err := r.Page()
	if err != nil {
		return nil, err
	}
	return func() error { return os.WriteFile(validationPage, old, 0o644) }, os.WriteFile(validationPage, []byte(empty), 0o644)
}

func conditions() string {
	return fmt.Sprintf("%s; %s; %s/%s; processors: %d.", time.Now().UTC().Format("2 January 2006"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// test runs the tests of each module once; only those of rows if only says so.
func test(ctx context.Context, r validation.Requirements, only bool) (*validation.Results, error) {
	args := []string{"test", "-json", "-cover", "-count=1"}
	if only {
		args = append(args, "-run", pattern(r))
	}
	byModule := map[string][]string{}
	for _, dir := range r.Dirs() {
		root, err := moduleOf(dir)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return nil, err
		}
		byModule[root] = append(byModule[root], "./"+filepath.ToSlash(rel))
	}
	results := validation.NewResults()
	results.Progress = os.Stderr
	for root, packages := range byModule {
		if err := stream(ctx, root, append(slices.Clone(args), packages...), results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// stream runs the go command. A test that fails is a result, not an error.
func stream(ctx context.Context, dir string, args []string, results *validation.Results) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("validation: go test in %s: %w", dir, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("validation: go test in %s: %w", dir, err)
	}
	fmt.Fprintf(os.Stderr, "go test in %s, which takes minutes\n", dir)
	var out bytes.Buffer
	misread := results.Read(io.TeeReader(stdout, &out))
	_, _ = io.Copy(io.Discard, stdout) // the command waits for its output to be read
	err = cmd.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && (!failed || out.Len() == 0) {
		return fmt.Errorf("validation: go test in %s: %w\n%s", dir, err, &stderr)
	}
	return misread
}

// pattern matches the names of all tests.
func pattern(r validation.Requirements) string {
	var names []string
	for _, row := range r.Rows {
		for _, t := range row.Tests {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return "^(" + strings.Join(slices.Compact(names), "|") + ")$"
}

// moduleOf returns the directory of the module that dir is in.
func moduleOf(dir string) (string, error) {
	for root := dir; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return root, nil
		}
		if root == "." || root == "/" {
			return "", fmt.Errorf("validation: %s is in no module: run this command in the root of the module", dir)
		}
	}
}
