package proc

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// cut is what a cutter makes of a stream that comes in chunks of n bytes.
func cut(stream string, limit, n int) []Line {
	c := cutter{max: limit}
	var lines []Line
	for rest := stream; rest != ""; {
		size := min(n, len(rest))
		lines = c.feed(lines, []byte(rest[:size]), time.Time{})
		rest = rest[size:]
	}
	return c.unfinished(lines, time.Time{})
}

func TestLines_OfAStream(t *testing.T) {
	for name, tt := range map[string]struct {
		stream string
		want   []Line
	}{
		"nothing":                         {"", nil},
		"a line":                          {"one\n", []Line{{Text: "one"}}},
		"an unfinished line":              {"one\ntwo", []Line{{Text: "one"}, {Text: "two"}}},
		"empty lines":                     {"\n\n", []Line{{}, {}}},
		"CRLF":                            {"one\r\ntwo\r\r\n", []Line{{Text: "one"}, {Text: "two"}}},
		"a progress bar":                  {"10%\r50%\r100%\ndone\n", []Line{{Text: "100%"}, {Text: "done"}}},
		"a progress bar at work":          {"10%\r50%\r", []Line{{Text: "50%"}}},
		"a line as long as allowed":       {"12345678\n", []Line{{Text: "12345678"}}},
		"a longer line":                   {"123456789a\nb\n", []Line{{Text: "12345678", Dropped: 2}, {Text: "b"}}},
		"a longer line, overwritten":      {"123456789a\rb\n", []Line{{Text: "b"}}},
		"a cut through a rune":            {"1234567é\n", []Line{{Text: "1234567", Dropped: 2}}},
		"a rune that ends at the cut":     {"123456éx\n", []Line{{Text: "123456é", Dropped: 1}}},
		"bytes that are no text, not cut": {"\xff\xc3\n", []Line{{Text: "\xff\xc3"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, cut(tt.stream, 8, len(tt.stream)+1)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

// wantLines says the same as cutter for a stream that is there as a whole.
func wantLines(stream string) []string {
	texts := strings.Split(stream, "\n")
	for i, text := range texts {
		text = strings.TrimRight(text, "\r")
		texts[i] = text[strings.LastIndexByte(text, '\r')+1:]
	}
	if last := len(texts) - 1; texts[last] == "" {
		texts = texts[:last]
	}
	return texts
}

func FuzzChunksDoNotMatter(f *testing.F) {
	f.Add("one\r\ntwo\rthree\n\nfour", 8, 3)
	f.Add("äöü€😀\n", 3, 1)
	f.Add("\xf0\x9f\x98", 2, 2)
	f.Fuzz(func(t *testing.T, stream string, limit, n int) {
		limit, n = 1+abs(limit)%64, 1+abs(n)%64
		lines, want := cut(stream, limit, n), wantLines(stream)
		if len(lines) != len(want) {
			t.Fatalf("%d lines; want %d", len(lines), len(want))
		}
		for i, l := range lines {
			if !strings.HasPrefix(want[i], l.Text) || l.Dropped != len(want[i])-len(l.Text) || len(l.Text) > limit {
				t.Errorf("line %d = %+v; want a prefix of %q with at most %d bytes", i, l, want[i], limit)
			}
			if utf8.ValidString(want[i]) && !utf8.ValidString(l.Text) {
				t.Errorf("line %d = %q; want %q cut between runes", i, l.Text, want[i])
			}
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

func TestLines_SkippingKeepsTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		enough := rapid.IntRange(0, 4).Draw(t, "enough")
		chunks := rapid.SliceOf(rapid.StringMatching(`[ab\r\n]{0,20}`)).Draw(t, "chunks")
		plain, skipping := cutter{max: 5}, cutter{max: 5}
		var want, got []Line
		skipped := 0
		for _, chunk := range chunks {
			want = plain.feed(want, []byte(chunk), time.Time{})
			rest, n := skipping.skip([]byte(chunk), enough)
			skipped += n
			before := len(got)
			got = skipping.feed(got, rest, time.Time{})
			if n > 0 && len(got)-before != enough {
				t.Fatalf("%d lines after %d skipped; want %d", len(got)-before, n, enough)
			}
		}
		if len(got)+skipped != len(want) {
			t.Fatalf("%d lines and %d skipped; want %d in all", len(got), skipped, len(want))
		}
		newest := min(enough, len(want))
		want = plain.unfinished(want[len(want)-newest:], time.Time{})
		got = skipping.unfinished(got[len(got)-newest:], time.Time{})
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("newest lines (-want +got):\n%s", diff)
		}
	})
}
