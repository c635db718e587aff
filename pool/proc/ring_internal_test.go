package proc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestARingKeepsTheNewestLinesThatFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ring{maxLines: rapid.IntRange(-1, 6).Draw(t, "lines"), maxBytes: rapid.IntRange(-1, 20).Draw(t, "bytes")}
		var pushed []Line
		for _, text := range rapid.SliceOf(rapid.StringMatching(`[a-z]{0,12}`)).Draw(t, "texts") {
			r.push(Line{Text: text})
			kept := text[:max(0, min(len(text), r.maxBytes))]
			pushed = append(pushed, Line{Text: kept, Dropped: len(text) - len(kept)})
			if diff := cmp.Diff(newest(pushed, r.maxLines, r.maxBytes), r.kept, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("lines (-want +got):\n%s", diff)
			}
		}
	})
}

// newest goes back from the last line as long as the bounds allow.
func newest(pushed []Line, maxLines, maxBytes int) []Line {
	if maxLines <= 0 || maxBytes <= 0 {
		return nil
	}
	first, bytes := len(pushed), 0
	for first > 0 && len(pushed)-first < maxLines && bytes+len(pushed[first-1].Text) <= maxBytes {
		first--
		bytes += len(pushed[first].Text)
	}
	return pushed[first:]
}

func TestALineLargerThanTheRingIsCutBetweenRunes(t *testing.T) {
	r := ring{maxLines: 3, maxBytes: 5}
	r.push(Line{Text: "before"})
	r.push(Line{Text: strings.Repeat("é", 4), Dropped: 10})
	if diff := cmp.Diff([]Line{{Text: "éé", Dropped: 14}}, r.kept); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
