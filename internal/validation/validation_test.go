package validation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const requirements = `# Requirements

## Machines

| id | row | shown by |
|---|---|---|
| S1 | A machine runs | ` + "`TestRuns` [engine/run_test.go](../engine/run_test.go)<br>`FuzzRuns` [engine/fuzz_test.go](../engine/fuzz_test.go)" + ` |
| S2 | A machine stops | later |

## Pool

| id | row | shown by |
|---|---|---|
| P1 | A pool serves | ` + "`TestServes` [pool/serve_test.go](../pool/serve_test.go)" + ` |

## Kinds of tests

| kind | what runs | tests of |
|---|---|---|
| unit | values | ` + "`engine/`" + ` |
| simulation | events | ` + "`FuzzRuns`" + ` |
| in process | a pool | ` + "`pool/`" + ` |
`

func TestParseRequirements(t *testing.T) {
	want := Requirements{
		Rows: []Row{
			{"Machines", "S1", "A machine runs", []Test{{"TestRuns", "engine/run_test.go"}, {"FuzzRuns", "engine/fuzz_test.go"}}},
			{"Machines", "S2", "A machine stops", nil},
			{"Pool", "P1", "A pool serves", []Test{{"TestServes", "pool/serve_test.go"}}},
		},
		Kinds: []Kind{{"unit", []string{"engine/"}}, {"simulation", []string{"FuzzRuns"}}, {"in process", []string{"pool/"}}},
	}
	if diff := cmp.Diff(want, ParseRequirements(requirements)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKind_PatternThatSaysMostCounts(t *testing.T) {
	r := Requirements{Kinds: []Kind{
		{"named", []string{"TestNamed"}},
		{"file", []string{"pool/a_test.go"}},
		{"below", []string{"pool/wire/"}},
		{"above", []string{"pool/"}},
	}}
	tests := []struct {
		test Test
		want string
	}{
		{Test{"TestNamed", "pool/a_test.go"}, "named"},
		{Test{"TestOther", "pool/a_test.go"}, "file"},
		{Test{"TestOther", "pool/wire/a_test.go"}, "below"},
		{Test{"TestOther", "pool/wired/a_test.go"}, "above"},
		{Test{"TestOther", "pool/b_test.go"}, "above"},
	}
	for _, tt := range tests {
		if got, err := r.Kind(tt.test); got != tt.want || err != nil {
			t.Errorf("Kind(%v) = %q, %v; want %q", tt.test, got, err, tt.want)
		}
	}
	if got, err := r.Kind(Test{"TestOther", "engine/a_test.go"}); err == nil {
		t.Errorf("Kind = %q for a test that no pattern fits; want an error", got)
	}
	r.Kinds = append(r.Kinds, Kind{"root", []string{"./"}})
	if got, err := r.Kind(Test{"TestOther", "a_test.go"}); got != "root" || err != nil {
		t.Errorf("Kind = %q, %v for a test in the root; want root", got, err)
	}
}

func TestOnly_HasTheTestsOfOneKind(t *testing.T) {
	r := ParseRequirements(requirements)
	got, err := r.Only("simulation")
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{"Machines", "S1", "A machine runs", []Test{{"FuzzRuns", "engine/fuzz_test.go"}}}}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := r.Only("integration"); err == nil || !strings.Contains(err.Error(), "simulation") {
		t.Errorf("Only = %v for a kind that there is not; want an error with the kinds", err)
	}
}

const stream = `{"Action":"start","Package":"m/engine"}
{"Action":"run","Package":"m/engine","Test":"TestRuns"}
{"Action":"output","Package":"m/engine","Test":"TestRuns","Output":"coverage: 1.0% of statements, says the test\n"}
{"Action":"pass","Package":"m/engine","Test":"TestRuns/twice","Elapsed":0.1}
{"Action":"pass","Package":"m/engine","Test":"TestRuns","Elapsed":0.25}
{"Action":"skip","Package":"m/engine","Test":"FuzzRuns","Elapsed":0}
{"Action":"output","Package":"m/engine","Output":"coverage: 81.3% of statements\n"}
{"Action":"pass","Package":"m/engine","Elapsed":0.5}
{"ImportPath":"m/broken","Action":"build-fail"}
{"Action":"fail","Package":"m/pool","Test":"TestServes","Elapsed":2}
{"Action":"fail","Package":"m/pool","Elapsed":2.5}
`

func results(t *testing.T) *Results {
	t.Helper()
	r := NewResults()
	if err := r.Read(strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResults_ProgressIsALineAPackage(t *testing.T) {
	var lines strings.Builder
	r := NewResults()
	r.Progress = &lines
	if err := r.Read(strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("pass m/engine in 0.5 s\nfail m/pool in 2.5 s\n", lines.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResults_Read(t *testing.T) {
	want := &Results{
		Packages: map[string]PackageResult{
			"m/engine": {Result: Result{"pass", 0.5}, Coverage: "81.3%", Passed: 1, Skipped: 1},
			"m/pool":   {Result: Result{"fail", 2.5}, Failed: 1},
		},
		Tests: map[string]map[string]Result{
			"m/engine": {"TestRuns": {"pass", 0.25}, "FuzzRuns": {"skip", 0}},
			"m/pool":   {"TestServes": {"fail", 2}},
		},
	}
	if diff := cmp.Diff(want, results(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := NewResults().Read(strings.NewReader(stream + "FAIL")); err == nil {
		t.Error("Read of something else than JSON is no error")
	}
}

func TestReport_Page(t *testing.T) {
	r := Report{Requirements: ParseRequirements(requirements), Results: results(t), Module: "m", Conditions: "Today."}
	page, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	want := `Today.

Rows: 3. Their tests: 3; of these: pass 1, skip 1, fail 1.

## Machines

| id | row | test | kind | result | time |
| --- | --- | --- | --- | --- | ---: |
| S1 | A machine runs | ` + "`TestRuns` [engine/run_test.go](../engine/run_test.go)" + ` | unit | pass | 0.25 s |
| S1 |  | ` + "`FuzzRuns` [engine/fuzz_test.go](../engine/fuzz_test.go)" + ` | simulation | skip | 0.00 s |
| S2 | A machine stops | | | later | |

## Pool

| id | row | test | kind | result | time |
| --- | --- | --- | --- | --- | ---: |
| P1 | A pool serves | ` + "`TestServes` [pool/serve_test.go](../pool/serve_test.go)" + ` | in process | fail | 2.00 s |

## Packages

All tests of the packages that show a row, and which part of its own statements they run.

| package | coverage | pass | skip | fail | time |
| --- | ---: | ---: | ---: | ---: | ---: |
| engine | 81.3% | 1 | 1 | 0 | 0.5 s |
| pool |  | 0 | 0 | 1 | 2.5 s |
`
	if diff := cmp.Diff(pageHead+want, page); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReport_UnshownAreFailedAndMissingTests(t *testing.T) {
	r := Report{Requirements: ParseRequirements(requirements), Results: results(t), Module: "m"}
	delete(r.Results.Tests["m/engine"], "TestRuns")
	want := []string{"S1 TestRuns: not run", "P1 TestServes: fail", "m/pool: fail"}
	if diff := cmp.Diff(want, r.Unshown()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDrift(t *testing.T) {
	r := ParseRequirements(requirements)
	written, err := Report{Requirements: r, Results: results(t), Module: "m"}.Page()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"none", "", "", nil},
		{"results and times may differ", "| pass | 0.25 s |", "| fail | 9.00 s |", nil},
		{"renamed test", "TestServes", "TestServed", []string{
			"missing: P1 TestServes pool/serve_test.go in process", "not a requirement any more: P1 TestServed pool/serve_test.go in process",
		}},
		{"other kind", "simulation", "unit", []string{
			"missing: S1 FuzzRuns engine/fuzz_test.go simulation", "not a requirement any more: S1 FuzzRuns engine/fuzz_test.go unit",
		}},
		{"other row", "| P1 |", "| P2 |", []string{
			"missing: P1 TestServes pool/serve_test.go in process", "not a requirement any more: P2 TestServes pool/serve_test.go in process",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := written
			if tt.old != "" {
				page = strings.ReplaceAll(written, tt.old, tt.new)
			}
			got, err := Drift(r, page)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
