package inject_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/inject"
)

const (
	begin = "<!-- fsmgen: door.fsm.yaml -->\n"
	end   = "<!-- /fsmgen -->\n"
)

func TestMarkers_Recognized(t *testing.T) {
	tests := map[string]struct {
		text string
		want []int // the lines of the markers
	}{
		"two":                        {begin + end + "text\n" + begin + end, []int{1, 4}},
		"without spaces":             {"<!--fsmgen:door.fsm.yaml-->\n<!--/fsmgen-->\n", []int{1}},
		"at the end of the file":     {begin + "<!-- /fsmgen -->", []int{1}},
		"behind a byte order mark":   {"\ufeff" + begin + end, []int{1}},
		"path with a space":          {"<!-- fsmgen: my door.fsm.yaml as=dot -->\n" + end, []int{1}},
		"indented by three":          {"   " + begin + "   " + end, []int{1}},
		"indented code":              {"    " + begin + "    " + end, nil},
		"in a line of text":          {"see " + begin, nil},
		"in a block":                 {"```\n" + begin + end + "```\n", nil},
		"in a block of tildes":       {"~~~md\n" + begin + "```\n" + end + "~~~~\n", nil},
		"in a longer block":          {"````md\n" + begin + "```\n" + end + "````\n", nil},
		"in a block of a list":       {"1. ```md\n   " + begin + "   " + end + "   ```\n", nil},
		"in a block without an end":  {"```\n" + begin, nil},
		"behind a block":             {"```\n" + begin + "```\n" + begin + end, []int{4}},
		"behind code inside a line":  {"```code``` here\n" + begin + end, []int{2}},
		"end inside a block":         {begin + "```\n" + end + "```\n" + end, []int{1}},
		"comment of something else":  {"<!-- fsmgenerator: x -->\n", nil},
		"carriage return, line feed": {strings.ReplaceAll(begin+end, "\n", "\r\n"), []int{1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			markers, mistakes := inject.Markers(tt.text)
			if len(mistakes) > 0 {
				t.Fatal(mistakes)
			}
			var got []int
			for _, m := range markers {
				got = append(got, m.Line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines of the markers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarkers_Mistakes(t *testing.T) {
	tests := map[string]struct {
		text string
		want string // the first mistake
	}{
		"no end":           {"\n" + begin, "2:1: marker: has no end: want a line <!-- /fsmgen --> behind it, outside of blocks of code"},
		"end in a block":   {begin + "```\n" + end, "1:1: marker: has no end: want a line <!-- /fsmgen --> behind it, outside of blocks of code"},
		"no beginning":     {"  " + end, "1:3: marker: ends nothing: want <!-- fsmgen: NAME.fsm.yaml --> before it"},
		"ended twice":      {begin + end + end, "3:1: marker: ends nothing: want <!-- fsmgen: NAME.fsm.yaml --> before it"},
		"nested":           {begin + begin + end, "2:1: marker: is inside the marker of line 1: end that one first, with <!-- /fsmgen -->"},
		"no spec":          {"<!-- fsmgen: -->\n" + end, "1:1: marker: cannot be read: want <!-- fsmgen: NAME.fsm.yaml --> or <!-- /fsmgen -->"},
		"no YAML":          {"<!-- fsmgen: door.yml -->\n" + end, "1:1: marker: cannot be read: want <!-- fsmgen: NAME.fsm.yaml --> or <!-- /fsmgen -->"},
		"unknown option":   {"<!-- fsmgen: door.fsm.yaml wide -->\n" + end, `1:1: marker: has no option "wide": want as=KIND or highlight=STATES`},
		"unknown kind":     {"<!-- fsmgen: door.fsm.yaml as=png -->\n" + end, `1:1: marker: draws nothing as "png": want as=mermaid, as=dot or as=plantuml`},
		"unreadable chars": {"<!-- fsmgen: \x1b[31m.fsm.yaml -->\n" + end, "1:1: marker: cannot be read: want <!-- fsmgen: NAME.fsm.yaml --> or <!-- /fsmgen -->"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, mistakes := inject.Markers(tt.text)
			if len(mistakes) != 1 || mistakes[0].Error() != tt.want {
				t.Errorf("mistakes are %v; want only %s", mistakes, tt.want)
			}
		})
	}
}

// What is filled once is filled with the same text again, and has the line endings of its marker.
func TestFill_TwiceTheSame(t *testing.T) {
	tests := map[string]struct{ text, diagram, want string }{
		"empty":                {begin + end, "a\n\nb\n", begin + "\n```mermaid\na\n\nb\n```\n\n" + end},
		"text around":          {"x\n" + begin + "old\n" + end + "y", "a\n", "x\n" + begin + "\n```mermaid\na\n```\n\n" + end + "y"},
		"kind":                 {"<!-- fsmgen: d.fsm.yaml as=dot -->\n" + end, "a\n", "<!-- fsmgen: d.fsm.yaml as=dot -->\n\n```dot\na\n```\n\n" + end},
		"carriage returns":     {"x\n<!-- fsmgen: d.fsm.yaml -->\r\n" + end, "a\n", "x\n<!-- fsmgen: d.fsm.yaml -->\r\n\r\n```mermaid\r\na\r\n```\r\n\r\n" + end},
		"indentation":          {"  " + begin + "  " + end, "a\n", "  " + begin + "\n  ```mermaid\n  a\n  ```\n\n  " + end},
		"fence in the diagram": {begin + end, "a```b\n", begin + "\n````mermaid\na```b\n````\n\n" + end},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				markers, mistakes := inject.Markers(tt.text)
				if len(mistakes) > 0 {
					t.Fatal(mistakes)
				}
				tt.text = inject.Fill(tt.text, markers, []string{tt.diagram})
				if diff := cmp.Diff(tt.want, tt.text); diff != "" {
					t.Fatalf("filled text (-want +got):\n%s", diff)
				}
			}
		})
	}
}
