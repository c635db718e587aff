package wording

import (
	"slices"
	"testing"
)

func TestNearest_MisspeltWords(t *testing.T) {
	words := slices.Values([]string{
		"guard", "choose", "target", "reenter", "actions", "reply", "raise", "start", "cancel", "update",
	})
	for _, tt := range []struct{ typed, want string }{
		{"gaurd", "guard"},
		{"gard", "guard"},
		{"Target", "target"},
		{"traget", "target"},
		{"action", "actions"},
		{"re_enter", "reenter"},
		{"rpely", "reply"},
		{"to", ""},
		{"when", ""},
		{"x", ""},
		{"", ""},
		{"guard", ""}, // what is there already is not meant
	} {
		if got, _ := Nearest(tt.typed, words); got != tt.want {
			t.Errorf("nearest(%q) = %q; want %q", tt.typed, got, tt.want)
		}
	}
}

func TestNearest_FirstOfEquallyNear(t *testing.T) {
	names := slices.Values([]string{"ready_x", "ready_a", "ready_b"})
	if got, alone := Nearest("ready_c", names); got != "ready_x" || alone {
		t.Errorf("nearest = %q, alone %v; want the first of several", got, alone)
	}
}

func TestDistance_CountsEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "abc", 0},
		{"abc", "", 3},
		{"abc", "acb", 1},
		{"abc", "abxc", 1},
		{"abc", "xbc", 1},
		{"abcd", "badc", 2},
	} {
		if got, back := distance(tt.a, tt.b), distance(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("distance(%q, %q) = %d, back %d; want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}

func TestQuote_StaysOnOneLine(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"open", "`open`"},
		{"öffnen", "`öffnen`"},
		{"a\nb", `"a\nb"`},
		{"a`b", "\"a`b\""},
		{"\x1b[31m", `"\x1b[31m"`},
		{"a very long text that belongs into another place", "`a very long text that belongs into anoth...`"},
	} {
		if got := Quote(tt.text); got != tt.want {
			t.Errorf("quote(%q) = %s; want %s", tt.text, got, tt.want)
		}
	}
}
