package mermaid

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
)

func TestEscape_MarkupInText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"names stay readable", "checkout [has_room] / bind_session, reply grant", "checkout [has_room] / bind_session, reply grant"},
		{"comparisons stay readable", "(payload.n + 1 >= 3 || !ok)", "(payload.n + 1 >= 3 || !ok)"},
		{"the end of a statement", "a; b", "a#59; b"},
		{"an entity", "#59;", "#35;59#59;"},
		{"the end of a note's target", "a: b", "a#58; b"},
		{"a comment and a directive", "%%{init}%%", "#37;#37;{init}#37;#37;"},
		{"the end of a title", `say "hi"`, "say #34;hi#34;"},
		{"HTML", "a < b && c", "a #60; b #38;#38; c"},
		{"Markdown", "`a` *b* ~~c~~", "#96;a#96; #42;b#42; #126;#126;c#126;#126;"},
		{"formulas", "$$x$$", "#36;#36;x#36;#36;"},
		{"an escape of others", `a\nb`, "a#92;nb"},
		{"the characters that Mermaid marks entities with", "ﬂ°°59¶ß", "#64258;°°59#182;ß"},
		{"line ends and tabs", "a\nb\r\tc", "a b  c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := escape(tt.text); got != tt.want {
				t.Errorf("escape(%q) = %q; want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestIDs_DifferFromThoseOfMermaid(t *testing.T) {
	tests := []struct{ name, want string }{
		{"ready", "s_ready"},
		{"note", "s_note"},
		{"start", "s_start_"},
		{"serving_start", "s_serving_start_"},
		{"serving_end", "s_serving_end_"},
		{"ends", "s_ends"},
	}
	for _, tt := range tests {
		if got := id(&chart.Node{Kind: chart.Box, Name: tt.name}); got != tt.want {
			t.Errorf("id(%s) = %s; want %s", tt.name, got, tt.want)
		}
	}
}
