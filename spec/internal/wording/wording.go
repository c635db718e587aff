// Package wording has the words of messages: quotes from a spec, numbers with their noun, and the name that was meant.
package wording

import (
	"iter"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// MaxQuoted bounds what a message quotes from a spec, in characters.
const MaxQuoted = 40

// Quote makes a text of the spec fit for a one-line message: short, printable, in backquotes.
func Quote(s string) string {
	if utf8.RuneCountInString(s) > MaxQuoted {
		s = string([]rune(s)[:MaxQuoted]) + "..."
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r == '`' || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return "`" + s + "`"
}

// OneLine replaces what would break a line or steer a terminal; names of a spec can have escapes in them.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// Article puts "a" or "an" before a noun.
func Article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeio") {
		return "an " + noun
	}
	return "a " + noun
}

// Plural is a number with its noun: "1 space", "2 spaces".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// DidYouMean is the help for a name that is not among the candidates: the nearest of them, or else the alternative.
func DidYouMean(name string, candidates iter.Seq[string], otherwise string) string {
	help, _ := Suggest(name, candidates, "", otherwise)
	return help
}

// Suggest is [DidYouMean] for a name that is written after a prefix. Where only one candidate is near, it is also the
// fix.
func Suggest(name string, candidates iter.Seq[string], prefix, otherwise string) (help string, fix []syntax.Edit) {
	best, alone := Nearest(name, candidates)
	if best == "" {
		return otherwise, nil
	}
	if alone && len(name) > 2 {
		fix = syntax.Replacement(prefix + best)
	}
	return "did you mean " + Quote(prefix+best) + "?", fix
}

// Nearest returns the candidate that is most likely meant by name, or "" where none is near, and whether no other is as
// near. Of equally near ones it is the first. It looks at 500 candidates of at most 64 characters, since a generated
// spec may have thousands of names, each of them wrong.
func Nearest(name string, candidates iter.Seq[string]) (best string, alone bool) {
	const longest, most = 64, 500
	if len(name) > longest {
		return "", false
	}
	limit, seen := 1+len(name)/5, 0
	for c := range candidates {
		if seen++; seen > most {
			break
		}
		if c == name || c == best || len(c) > longest || max(len(c)-len(name), len(name)-len(c)) > limit {
			continue
		}
		d := distance(strings.ToLower(name), strings.ToLower(c))
		switch {
		case d > limit || d >= max(len(name), len(c)):
		case best != "" && d == limit:
			alone = false
		default:
			best, alone, limit = c, true, d
		}
	}
	return best, alone
}

// distance counts the insertions, deletions, substitutions and swaps of neighbours that make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
