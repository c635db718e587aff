package validation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Result is the last result of a test or package.
type Result struct {
	Action  string  // "pass", "fail" or "skip"
	Seconds float64 // of the wall clock
}

// PackageResult is that of a package.
type PackageResult struct {
	Result
	Coverage                string // as the go command says it, such as "81.3%"; empty where it says none
	Passed, Failed, Skipped int    // tests without their subtests
}

// Results are by the import path of a package, and by that and a test's name.
type Results struct {
	Packages map[string]PackageResult
	Tests    map[string]map[string]Result
	Progress io.Writer // gets a line for each package that has ended; nil for none
}

// event is what `go test -json` writes; see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

var coverage = regexp.MustCompile(`^coverage: (\d+\.\d+%) of statements`)

// NewResults returns empty results.
func NewResults() *Results {
	return &Results{Packages: map[string]PackageResult{}, Tests: map[string]map[string]Result{}}
}

// Read adds the results of one stream of `go test -json`. The end of the stream is its end, wherever it is.
func (r *Results) Read(stream io.Reader) error {
	for decoder := json.NewDecoder(stream); ; {
		var e event
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("validation: stream: %w; want what go test -json writes", err)
		}
		r.add(e)
	}
}

func (r *Results) add(e event) {
	p := r.Packages[e.Package]
	switch {
	case e.Package == "" || strings.Contains(e.Test, "/"):
		return
	case e.Action == "output":
		if m := coverage.FindStringSubmatch(e.Output); m != nil {
			p.Coverage = m[1]
		}
	case e.Action != "pass" && e.Action != "fail" && e.Action != "skip":
	case e.Test == "":
		p.Result = Result{e.Action, e.Elapsed}
		if r.Progress != nil {
			fmt.Fprintf(r.Progress, "%s %s in %.1f s\n", e.Action, e.Package, e.Elapsed)
		}
	default:
		if r.Tests[e.Package] == nil {
			r.Tests[e.Package] = map[string]Result{}
		}
		r.Tests[e.Package][e.Test] = Result{e.Action, e.Elapsed}
		p.count(e.Action)
	}
	r.Packages[e.Package] = p
}

func (p *PackageResult) count(action string) {
	switch action {
	case "pass":
		p.Passed++
	case "fail":
		p.Failed++
	default:
		p.Skipped++
	}
}
