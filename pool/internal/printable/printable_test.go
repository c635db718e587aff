package printable_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
)

func TestLine_EscapesAndBounds(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "größe 7", "größe 7"},
		{"empty", "", ""},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"an escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"a control character beyond ASCII", "a\u0085b", `a\u0085b`},
		{"a line separator", "a\u2028b", `a\u2028b`},
		{"text that runs backwards", "a\u202eb", `a\u202eb`},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"as long as allowed", strings.Repeat("x", 40), strings.Repeat("x", 40)},
		{"a byte too long", strings.Repeat("x", 41), strings.Repeat("x", 26) + "... (41 bytes)"},
		{"too long when it is escaped", strings.Repeat("\n", 30), strings.Repeat(`\n`, 13) + "... (30 bytes)"},
		{"half a character at the end", strings.Repeat("x", 25) + "ä" + strings.Repeat("y", 20), strings.Repeat("x", 25) + "... (47 bytes)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printable.Line(tt.text, 40); got != tt.want {
				t.Errorf("line = %q; want %q", got, tt.want)
			}
		})
	}
}

func TestLines_KeepTheEnd(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"short", "a\n\tb\n", "a\n\tb\n"},
		{"other line ends", "a\r\nb", "a\nb"},
		{"an escape sequence", "\x1b[2J\nb", "\\x1b[2J\nb"},
		{"not UTF-8", "\xff\n", "\ufffd\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printable.Lines(tt.text, 100); got != tt.want {
				t.Errorf("lines = %q; want %q", got, tt.want)
			}
		})
	}
	long := printable.Lines(strings.Repeat("first\n", 1000)+"ValueError: last", 100)
	if !strings.HasSuffix(long, "ValueError: last") || !strings.Contains(long, "left out") || len(long) < 50 {
		t.Errorf("lines = %q; want the end, and a note of what is left out", long)
	}
}

func TestTexts_AreBoundedWhateverTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 0, 500).Draw(t, "text"))
		text += strings.Repeat(rapid.SampledFrom([]string{"\x00", "ä", "x", "\n"}).Draw(t, "more"), rapid.IntRange(0, 500).Draw(t, "times"))
		one, many := printable.Line(text, 100), printable.Lines(text, 100)
		if !wiretest.IsLine(one) || len(one) > 100 {
			t.Errorf("line = %q of %d bytes", one, len(one))
		}
		if !wiretest.IsLine(strings.NewReplacer("\n", "", "\t", "").Replace(many)) || len(many) > 100 {
			t.Errorf("lines = %q of %d bytes", many, len(many))
		}
	})
}
