package conditions

import (
	"strings"
	"testing"
	"time"
)

func TestConditions_LeaveOutWhatIsUnknown(t *testing.T) {
	known := Conditions{Processor: processor("processor\t: 0\nmodel name\t: A B\nmodel name\t: C\n"), Python: "Python 3", Others: "7%"}
	if got := known.Markdown(9); !strings.Contains(got, "; A B; ") || !strings.HasSuffix(got, "; Python 3; taken by other work meanwhile: 7% of the processors.\n") {
		t.Errorf("Markdown = %s", got)
	}
	unknown := Conditions{Processor: processor(""), Python: "Python 3"}
	if got := unknown.Markdown(9); strings.Contains(got, "; ;") || !strings.HasSuffix(got, "; Python 3.\n") {
		t.Errorf("Markdown = %s", got)
	}
}

func TestUsage_AllProcessors(t *testing.T) {
	got, err := parseStat("cpu  100 20 30 400 50 1 2 3 77 88\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
	if want := (Usage{busy: 1560 * time.Millisecond, total: 6060 * time.Millisecond}); got != want || err != nil {
		t.Errorf("parseStat = %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 x 4 5 6 7 8"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("parseStat(%q) is no error", bad)
		}
	}
}

func TestUsage_OfOthers(t *testing.T) {
	before := Usage{busy: 10 * time.Second, total: 100 * time.Second, own: time.Second}
	tests := []struct {
		name  string
		after Usage
		want  float64
		known bool
	}{
		{"a quarter", Usage{busy: 18 * time.Second, total: 120 * time.Second, own: 4 * time.Second}, 0.25, true},
		{"nothing but rounding", Usage{busy: 12 * time.Second, total: 120 * time.Second, own: 4 * time.Second}, 0, true},
		{"unknown", Usage{}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := tt.after.Others(before); got != tt.want || ok != tt.known {
				t.Errorf("others = %v, %v; want %v, %v", got, ok, tt.want, tt.known)
			}
		})
	}
}
