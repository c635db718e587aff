package golang

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The columns that a comment may take, at the top level and inside a declaration.
const (
	textWidth   = 120 - len("// ")
	indentWidth = textWidth - 4
)

// sentence ends a text of the spec with a full stop, unless it ends as sentences do.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:") {
		return text
	}
	return text + "."
}

// lowered is a text as the second half of a sentence: without a capital at its beginning, unless its first word is written in
// capitals.
func lowered(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if word == "" || word == "I" || word[1:] != strings.ToLower(word[1:]) {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

// withArticle puts a or an before a noun.
func withArticle(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

// words turns a name of the spec into words.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// enumerate joins items as a sentence does: a, b and c.
func enumerate(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " and " + items[last]
}

// join joins the texts that are not empty.
func join(sep string, texts ...string) string {
	var full []string
	for _, t := range texts {
		if t != "" {
			full = append(full, t)
		}
	}
	return strings.Join(full, sep)
}

// comment makes a text the lines of a comment. Paragraphs are filled up to width, except those that are laid out by
// hand: lists, and lines that begin with space.
func comment(text string, width int) string {
	var lines []string
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			lines = append(lines, "")
		}
		if isLaidOut(paragraph) {
			lines = append(lines, strings.Split(paragraph, "\n")...)
		} else {
			lines = append(lines, fill(paragraph, width)...)
		}
	}
	for i, line := range lines {
		lines[i] = strings.Replace(strings.TrimRight("// "+inert(line), " "), "// \t", "//\t", 1)
	}
	return strings.Join(lines, "\n")
}

// remark makes a text the comment at the end of a line of code.
func remark(text string) string { return "// " + inert(strings.Join(strings.Fields(text), " ")) }

// buildTag matches a line of a comment that gofmt would make a build constraint of.
var buildTag = regexp.MustCompile(`^(\s*)(\+build)(\s|$)`)

// inert returns a line as a comment can have it: nothing of it is a directive, and what is not to be seen, or would turn the
// order of what is, is written as an escape.
func inert(line string) string {
	line = buildTag.ReplaceAllString(line, "$1`$2`$3")
	if strings.IndexFunc(line, isTreacherous) < 0 {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		if isTreacherous(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isTreacherous reports whether a character controls how a text is shown or read and shows nothing itself. Those that join
// letters and emojis do no harm.
func isTreacherous(r rune) bool {
	switch r {
	case '\t', '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029', utf8.RuneError:
		return true
	default:
		return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
	}
}

func isLaidOut(paragraph string) bool {
	for line := range strings.SplitSeq(paragraph, "\n") {
		if line != "" && strings.Contains(" \t-*#", line[:1]) {
			return true
		}
	}
	return false
}

func fill(paragraph string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(paragraph) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = join(" ", line, word)
	}
	return append(lines, line)
}
