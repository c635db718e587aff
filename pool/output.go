package pool

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// pythonPlace is the line of a Python traceback that says where.
var pythonPlace = regexp.MustCompile(`^File "(.+)", line (\d{1,9})\b`)

// lastWords is the end of a message about a worker: the last line of its output that says anything, which for Python is the
// exception, and the place that its traceback names.
func lastWords(output []string) string {
	words, place := "", ""
	for _, line := range output {
		line = strings.TrimSpace(line)
		if at := pythonPlace.FindStringSubmatch(line); at != nil {
			place = fmt.Sprintf(" (%s:%s)", oneLine(at[1], maxType), at[2])
		}
		if line != "" {
			words = line
		}
	}
	if words == "" {
		return ""
	}
	return ": " + oneLine(words, maxReason) + place
}

// The bounds of what a worker says in errors and on health pages, in bytes.
const (
	maxReason = 4 << 10
	maxType   = 256
)

// maxLogged bounds the output of a worker in one record of the log, in bytes.
const maxLogged = 2 << 10

// lastLines returns the last of the lines, as many as have at most limit bytes together, and at least one. Each is bounded
// and has escapes for what cannot be printed. Where some are left out, the first one says how many.
func lastLines(lines []string, limit int) []string {
	kept, first := []string(nil), len(lines)
	for first > 0 {
		line := oneLine(lines[first-1], maxLine)
		if limit -= len(line); limit < 0 && len(kept) > 0 {
			break
		}
		kept = append(kept, line)
		first--
	}
	if first > 0 {
		kept = append(kept, fmt.Sprintf("(%d earlier lines)", first))
	}
	slices.Reverse(kept)
	return kept
}

// maxLine bounds a line of that output.
const maxLine = 512

// text is the text of an error that quotes a worker or a caller.
func text(err error) string {
	if err == nil {
		return "no reason is known"
	}
	return oneLine(err.Error(), maxReason)
}

// oneLine returns the text with escapes for what cannot be printed, and shortened to limit bytes, so that a worker can neither forge
// lines of a log nor fill it.
func oneLine(text string, limit int) string {
	cut := len(text) > limit
	if cut {
		text = text[:limit]
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		quoted := strconv.Quote(text)
		text = quoted[1 : len(quoted)-1]
	}
	if cut {
		text += "..."
	}
	return text
}
