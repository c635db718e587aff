package spec

import (
	"iter"
	"strings"
)

// didYouMean is the help for a name that is not among the candidates: the nearest of them, or else the alternative.
func didYouMean(name string, candidates iter.Seq[string], otherwise string) string {
	help, _ := meant(name, candidates, "", otherwise)
	return help
}

// meant is didYouMean for a name that is written behind a prefix. Where only one candidate is near it is also the fix.
func meant(name string, candidates iter.Seq[string], prefix, otherwise string) (help string, fix []Edit) {
	best, alone := nearest(name, candidates)
	if best == "" {
		return otherwise, nil
	}
	if alone && len(name) > 2 {
		fix = replacement(prefix + best)
	}
	return "did you mean " + quote(prefix+best) + "?", fix
}

// nearest returns the candidate that is most likely meant by name, or "" where none is near, and whether no other is as
// near. Of equally near ones it is the first. It looks at so many candidates and characters as a person writes, since a
// generated spec may have thousands of names, each of them wrong.
func nearest(name string, candidates iter.Seq[string]) (best string, alone bool) {
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
