package pool

import (
	"fmt"
	"regexp"
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
