package compare

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scripted is a candidate whose rounds yield these values.
func scripted(name string, values ...float64) Candidate {
	round := 0
	return Candidate{Name: name, Measure: func() ([]float64, error) {
		v := values[round%len(values)]
		round++
		return []float64{v}, nil
	}}
}

func TestRound_EachCandidateOnceTheLimitTwice(t *testing.T) {
	var log []string
	logged := func(name string) Candidate {
		return Candidate{Name: name, Measure: func() ([]float64, error) {
			log = append(log, name)
			return []float64{1}, nil
		}}
	}
	group := Group{Figures: []Figure{{Name: "ns"}}, Limit: logged("limit"), Others: []Candidate{logged("a"), logged("b")}}
	if _, err := Run(t.Context(), []Group{group}, 20, func(int) {}); err != nil {
		t.Fatal(err)
	}
	orders := map[string]bool{}
	for round := range slices.Chunk(log, 4) {
		orders[strings.Join(round, " ")] = true
		slices.Sort(round)
		if diff := cmp.Diff([]string{"a", "b", "limit", "limit"}, round); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
	if len(log) != 80 || len(orders) < 2 {
		t.Errorf("%d measurements in %d orders; want 80 in several", len(log), len(orders))
	}
}

func TestRun_FirstErrorEndsIt(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]Group{
		"of a candidate": {
			Limit:  Candidate{Name: "limit", Measure: func() ([]float64, error) { return nil, broken }},
			Around: func() (func() error, error) { return func() error { return nil }, nil },
		},
		"before a round": {Limit: scripted("limit", 1), Around: func() (func() error, error) { return nil, broken }},
		"after a round": {
			Figures: []Figure{{Name: "ns"}}, Limit: scripted("limit", 1),
			Around: func() (func() error, error) { return func() error { return broken }, nil },
		},
	}
	for name, group := range tests {
		t.Run(name, func(t *testing.T) {
			rounds := 0
			_, err := Run(t.Context(), []Group{group}, 3, func(int) { rounds++ })
			if !errors.Is(err, broken) || rounds != 1 {
				t.Errorf("Run = %v after %d rounds; want the error after 1", err, rounds)
			}
		})
	}
}

func TestLoop_RepeatedUntilMeasurable(t *testing.T) {
	total := 0
	loop := Loop{Name: "l", Run: func(n int) error { total += n; return nil }}
	group := Loops{Title: "t", Limit: loop, Others: []Loop{loop}}.Group(1)
	values, err := group.Others[0].Measure()
	if err != nil || len(values) != len(group.Figures) || total < 2 {
		t.Errorf("Measure = %v, %v after %d repetitions; want %d figures", values, err, total, len(group.Figures))
	}
}

func TestTable_MediansRatiosNoiseGoals(t *testing.T) {
	other := scripted("other", 3, 5, 4)
	other.Goal = 1.5
	reports, err := Run(t.Context(), []Group{{
		Title: "work", Figures: []Figure{{Name: "ns"}},
		Limit: scripted("limit", 2), Others: []Candidate{other, scripted("free", 200)},
	}}, 3, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	want := `### work

|  | ns | ns / limit | min..max | goal |
| --- | ---: | ---: | ---: | --- |
| limit (limit) | 2 | 1 |  |  |
| other | 4 | 2 | 1.5..2.5 | ≤ 1.5: missed |
| free | 200 | 100 | 100..100 |  |
| the same again | 2 | 1 | 1..1 |  |
`
	if diff := cmp.Diff(want, reports[0].Markdown()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSpread_Quartiles(t *testing.T) {
	tests := []struct {
		values []float64
		want   Spread
	}{
		{[]float64{3}, Spread{3, 3, 3, 3, 3}},
		{[]float64{9, 1, 2}, Spread{1, 1.5, 2, 5.5, 9}},
		{[]float64{4, 1, 9, 2}, Spread{1, 1.75, 3, 5.25, 9}},
		{[]float64{5, 4, 3, 2, 1}, Spread{1, 2, 3, 4, 5}},
	}
	for _, tt := range tests {
		if got := NewSpread(tt.values); got != tt.want {
			t.Errorf("NewSpread(%v) = %v; want %v", tt.values, got, tt.want)
		}
	}
}

func TestRatio_OfTheSameRound(t *testing.T) {
	got := ratios([]float64{10, 40, 9}, []float64{5, 20, 3})
	if diff := cmp.Diff([]float64{2, 2, 3}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGoal_MetByTheMedian(t *testing.T) {
	tests := []struct {
		name         string
		median, goal float64
		moreIsBetter bool
		want         Verdict
	}{
		{"no goal", 9, 0, false, NoGoal},
		{"below", 1.9, 2, false, Met},
		{"just so", 2, 2, false, Met},
		{"a little above", 2.1, 2, false, InNoise},
		{"above", 2.5, 2, false, Missed},
		{"no goal for more", 0.1, 0, true, NoGoal},
		{"enough", 0.7, 0.6, true, Met},
		{"almost enough", 0.55, 0.6, true, InNoise},
		{"not enough", 0.5, 0.6, true, Missed},
	}
	noise := Spread{Low: 0.1, Lower: 0.9, Median: 1, Upper: 1.1, High: 9}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ratio := Spread{Low: tt.median / 2, Median: tt.median, High: tt.median * 2}
			if got := judge(ratio, noise, tt.goal, tt.moreIsBetter); got != tt.want {
				t.Errorf("judge = %q; want %q", got, tt.want)
			}
		})
	}
}
