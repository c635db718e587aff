package syntax

import (
	"strings"
	"testing"
)

func TestEnd_Tokens(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{`  on: ^closed`, "closed"},
		{`  ^on: closed`, "on"},
		{`  ^on:`, "on"},
		{`doc: ^Opens it. # with a key`, "Opens it."},
		{`doc: ^What # is it`, "What"},
		{`doc: ^C#, 10:30 and a,b`, "C#, 10:30 and a,b"},
		{`go: {package: ^door, out: x}`, "door"},
		{`x: {^a: b}`, "a"},
		{`x: [^a, b]`, "a"},
		{`x: ^[a, b] # both`, "[a, b]"},
		{`x: ^{a: "}", b: '}'} # all`, `{a: "}", b: '}'}`},
		{`x: ^{a: it's, b: c}`, "{a: it's, b: c}"},
		{`x: ^{a: b,`, "{"},
		{`x: ^"a \" b" # c`, `"a \" b"`},
		{`x: ^'it''s' # c`, `'it''s'`},
		{`x: ^"never closed`, `"never closed`},
		{`é: {ü: ^ä}`, "ä"},
		{`- ^[x]: y`, "[x]"},
	} {
		before, after, _ := strings.Cut(tt.line, "^")
		text := NewSource("# first line\n" + before + after + "\n")
		start := Pos{2, len([]rune(before)) + 1}
		end := text.End(start)
		got := string(text.Line(2)[start.Column-1 : end.Column-1])
		if got != tt.want || end.Line != 2 {
			t.Errorf("%s: %q; want %q", tt.line, got, tt.want)
		}
	}
}

func TestEnd_NoToken(t *testing.T) {
	text := NewSource("a: 1\n" + strings.Repeat("x", 5000))
	for _, p := range []Pos{{1, 5}, {1, 99}, {2, 1}, {9, 1}} {
		if got, want := text.End(p), (Pos{p.Line, p.Column + 1}); got != want {
			t.Errorf("end(%v) = %v; want %v", p, got, want)
		}
	}
}

func TestClamp_BehindLastText(t *testing.T) {
	text := NewSource("a: 1\nb: [\n\n  \n")
	for _, tt := range []struct{ at, want Pos }{
		{Pos{1, 2}, Pos{1, 2}},
		{Pos{2, 9}, Pos{2, 9}},
		{Pos{3, 1}, Pos{2, 5}},
		{Pos{5, 1}, Pos{2, 5}},
		{Pos{70, 1}, Pos{2, 5}},
		{Pos{}, Pos{1, 1}},
	} {
		if got := text.Clamp(tt.at); got != tt.want {
			t.Errorf("clamp(%v) = %v; want %v", tt.at, got, tt.want)
		}
	}
	if got := NewSource("").Clamp(Pos{3, 3}); got != (Pos{1, 1}) {
		t.Errorf("clamp in an empty file = %v; want 1:1", got)
	}
}

func TestNewSource_LineEnds(t *testing.T) {
	text := NewSource("\ufeffa\r\nb\rc\nd")
	for i, want := range []string{"a", "b", "c", "d"} {
		if got := string(text.Line(i + 1)); got != want {
			t.Errorf("line %d = %q; want %q", i+1, got, want)
		}
	}
}
