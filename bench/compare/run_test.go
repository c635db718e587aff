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
