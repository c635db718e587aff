package comparison

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

func TestCost_RegressionIsBeyondTheNoise(t *testing.T) {
	tests := []struct {
		name         string
		ratio        float64
		moreIsBetter bool
		want         Verdict
	}{
		{"faster", 0.8, false, NoWorse},
		{"the same", 1, false, NoWorse},
		{"a little slower", 1.08, false, Noise},
		{"slower", 1.2, false, Regression},
		{"more requests", 1.2, true, NoWorse},
		{"a few requests less", 0.93, true, Noise},
		{"fewer requests", 0.7, true, Regression},
	}
	noise := compare.Spread{Low: 0.1, Lower: 0.9, Median: 1, Upper: 1.1, High: 9}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Cost{Ratio: compare.Spread{Median: tt.ratio}, Noise: noise, MoreIsBetter: tt.moreIsBetter}
			if got := c.Verdict(); got != tt.want {
				t.Errorf("Verdict = %q; want %q", got, tt.want)
			}
		})
	}
}

func TestCost_NoiseToEitherSideCounts(t *testing.T) {
	tests := []struct {
		noise compare.Spread
		want  Verdict
	}{
		{compare.Spread{Lower: 0.8, Upper: 0.9}, Noise},
		{compare.Spread{Lower: 1.1, Upper: 1.3}, Noise},
		{compare.Spread{Lower: 1, Upper: 1}, Regression},
	}
	for _, tt := range tests {
		if got := (Cost{Ratio: compare.Spread{Median: 1.2}, Noise: tt.noise}).Verdict(); got != tt.want {
			t.Errorf("Verdict with the noise %v = %q; want %q", tt.noise, got, tt.want)
		}
	}
}

func TestFaultRow_Text(t *testing.T) {
	tests := []struct {
		name                string
		outcomes            []Outcome
		recovered, failures string
	}{
		{"never", []Outcome{{-1, 9, 10}, {-1, 7, 10}, {-1, 8, 10}}, "never", "8 of 10, at most 9"},
		{"always", []Outcome{{3 * time.Millisecond, 0, 10}, {time.Second, 1, 10}, {4 * time.Millisecond, 0, 10}}, "4 ms, at most 1000", "0 of 10, at most 1"},
		{"not always", []Outcome{{-1, 0, 10}, {2 * time.Millisecond, 0, 10}, {3 * time.Millisecond, 0, 10}}, "3 ms, never in 1 of 3", "0 of 10, at most 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := FaultRow{Outcomes: tt.outcomes}
			if r.Recovered() != tt.recovered || r.Failures() != tt.failures {
				t.Errorf("%q, %q; want %q, %q", r.Recovered(), r.Failures(), tt.recovered, tt.failures)
			}
		})
	}
}

func TestSession_LossIsSeenInTheAnswers(t *testing.T) {
	type answer struct {
		served  int
		rebound bool
	}
	tests := []struct {
		name    string
		answers []answer
		want    Fate
	}{
		{"goes on", []answer{{1, false}, {2, false}, {3, false}}, Fate{Whole: 1}},
		{"begins anew", []answer{{1, false}, {2, false}, {1, true}, {2, false}}, Fate{Reported: 1}},
		{"begins anew without a word", []answer{{1, false}, {1, false}, {2, false}}, Fate{Silent: 1}},
		{"falls behind", []answer{{1, false}, {2, false}, {2, false}}, Fate{Silent: 1}},
		{"a loss that is told does not excuse one that is not", []answer{{1, false}, {1, true}, {1, false}}, Fate{Silent: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s session
			for _, a := range tt.answers {
				s.answered(a.served, a.rebound)
			}
			var fate Fate
			if fate.add(s); fate != tt.want {
				t.Errorf("fate = %+v; want %+v", fate, tt.want)
			}
		})
	}
}

// TestPage_NamesEveryRegressionAndWhy makes every figure a regression.
func TestPage_NamesEveryRegressionAndWhy(t *testing.T) {
	var reports []compare.Report
	for _, g := range []compare.Group{loadGroup(t.Context(), nil, nil, 16, 0), startGroup(t.Context(), Kinds{}, 4)} {
		r := compare.Report{Group: &g, Rows: make([]compare.Row, 3)}
		for _, f := range g.Figures {
			full := 300.0
			if f.MoreIsBetter {
				full = 50
			}
			for i, value := range []float64{100, full, 100} {
				r.Rows[i].Values = append(r.Rows[i].Values, []float64{value, value, value})
			}
		}
		reports = append(reports, r)
	}
	m := Measurements{Costs: reports}
	page, err := m.Page("conditions")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Costs(reports) {
		if !strings.Contains(page, "* **"+c.Figure+"**: ") {
			t.Errorf("the page does not name the regression of %s", c.Figure)
		}
	}
	if strings.Contains(page, "There is none") {
		t.Error("the page says that there is no regression")
	}
}

func TestPage_WithoutRegressionSaysSo(t *testing.T) {
	var m Measurements
	if page, err := m.Page("conditions"); err != nil || !strings.Contains(page, "There is none beyond the noise.") {
		t.Errorf("%v:\n%s", err, page)
	}
}

// TestPage_HasTheTextOfTheTemplate finds a page that was not written again after a change of its text.
func TestPage_HasTheTextOfTheTemplate(t *testing.T) {
	page, err := os.ReadFile("../../docs/comparison.md")
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(pageText, "## Regressions")
	_, rest, _ := strings.Cut(pageText, "## What it gives: faults")
	for line := range strings.Lines(body + rest) {
		if line = strings.TrimSpace(line); !strings.Contains(line, "{{") && !strings.Contains(string(page), line) {
			t.Errorf("docs/comparison.md does not have %q: make bench writes it", line)
		}
	}
}
