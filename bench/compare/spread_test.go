package compare

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
