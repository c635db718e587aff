// Package printable bounds texts of a worker, and makes them printable, for errors and logs.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of texts that come from a worker, in bytes, and of the errors of this package.
const (
	MaxMessage   = 4 << 10
	MaxName      = 256
	MaxTraceback = 32 << 10
	MaxSeen      = 512 // what a *ProtocolError quotes
	MaxError     = 8 << 10
)

// Line makes one line of at most most bytes of a text that may be anything: control characters are escaped as Go does, and what
// is not UTF-8 becomes U+FFFD. The end of a text that is too long is replaced by a note of its size.
func Line(text string, most int) string {
	if len(text) <= most && IsLine(text) {
		return text
	}
	note := fmt.Sprintf("... (%d bytes)", len(text))
	escaped := escape(text, most+1, "")
	if len(escaped) <= most {
		return escaped
	}
	return cutText(escaped, most-len(note)) + note
}

// Lines is like line for a text of several lines, whose last ones matter most: its beginning is left out if it is too long.
func Lines(text string, most int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\ufffd")
	escaped := text
	for skip := max(0, len(text)-most); ; skip++ { // an escape is longer than what it stands for
		for skip < len(text) && !utf8.RuneStart(text[skip]) {
			skip++
		}
		note := ""
		if skip > 0 {
			note = fmt.Sprintf("(%d bytes are left out) ...\n", skip)
		}
		escaped = note + escape(text[skip:], 2*most, "\n\t")
		if len(escaped) <= most {
			return escaped
		}
		skip += (len(escaped) - most) / 4
	}
}

// escape stops when it has written as much as most says, or a little more.
func escape(text string, most int, keep string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case b.Len() >= most:
			return b.String()
		case isPlain(r) || strings.ContainsRune(keep, r):
			b.WriteRune(r) // U+FFFD for a byte that is not UTF-8
		default:
			quoted := fmt.Sprintf("%+q", r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

func IsLine(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !isPlain(r) }) < 0
}

// isPlain is false for characters that end a line, move the cursor or change the order in which text is shown.
func isPlain(r rune) bool {
	return !unicode.IsControl(r) && !unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// cutText returns at most the first n bytes, without half a character.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:max(n, 0)]
}
