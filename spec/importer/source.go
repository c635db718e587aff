package importer

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec"
)

// SyntaxError says where a source is not what its format says.
type SyntaxError struct {
	Path    string
	Pos     spec.Pos
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("importer: %s:%d:%d: %s", e.Path, e.Pos.Line, e.Pos.Column, e.Problem)
}

func (i *importer) syntax(offset int64, problem string) error {
	return &SyntaxError{Path: i.opt.Path, Pos: i.at(offset), Problem: problem}
}

// at is the place of a byte of the source.
func (i *importer) at(offset int64) spec.Pos {
	if i.lines == nil {
		i.lines = []int{0}
		for at, c := range i.source {
			if at%countedBytes == 0 {
				i.counted = append(i.counted, i.runesTo(at))
			}
			if c == '\n' {
				i.lines = append(i.lines, at+1)
			}
		}
	}
	at := min(int(offset), len(i.source))
	line, found := slices.BinarySearch(i.lines, at)
	if !found {
		line--
	}
	return spec.Pos{Line: line + 1, Column: i.runesTo(at) - i.runesTo(i.lines[line]) + 1}
}

// countedBytes is after how many bytes of the source the number of characters so far is kept, as some files are one long line.
const countedBytes = 4096

// runesTo is the number of characters that begin before a byte of the source.
func (i *importer) runesTo(at int) int {
	runes, from := 0, 0
	if kept := min(at/countedBytes, len(i.counted)-1); kept >= 0 {
		runes, from = i.counted[kept], kept*countedBytes
	}
	for _, c := range i.source[from:at] {
		if utf8.RuneStart(c) {
			runes++
		}
	}
	return runes
}

// utf8Mark is the byte order mark of UTF-8.
var utf8Mark = []byte{0xEF, 0xBB, 0xBF}

// decode makes the source UTF-8 without a byte order mark. It understands UTF-16 with a mark, or without one where the first character
// is ASCII, as that of JSON and XML always is.
func (i *importer) decode() {
	src := i.source
	switch {
	case bytes.HasPrefix(src, utf8Mark):
		i.source = src[len(utf8Mark):]
	case len(src) >= 2 && (src[0] == 0xFF && src[1] == 0xFE || src[0] != 0 && src[1] == 0):
		i.source = fromUTF16(src, func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 })
	case len(src) >= 2 && (src[0] == 0xFE && src[1] == 0xFF || src[0] == 0 && src[1] != 0):
		i.source = fromUTF16(src, func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 })
	}
}

func fromUTF16(src []byte, unit func([]byte) uint16) []byte {
	units := make([]uint16, 0, len(src)/2)
	for pair := range slices.Chunk(src[:len(src)/2*2], 2) {
		units = append(units, unit(pair))
	}
	text := []byte(string(utf16.Decode(units)))
	return bytes.TrimPrefix(text, utf8Mark)
}

var declaredEncoding = regexp.MustCompile(`^<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// decodeXML also honours the encoding that an XML declaration names.
func (i *importer) decodeXML() error {
	wasUTF8 := !bytes.Contains(i.source[:min(len(i.source), 4)], []byte{0})
	i.decode()
	match := declaredEncoding.FindSubmatchIndex(i.source)
	if match == nil || !wasUTF8 {
		return i.checkUTF8()
	}
	switch name := strings.ToLower(string(i.source[match[2]:match[3]])); name {
	case "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be":
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
		i.source = fromBytes(i.source, nil)
	case "windows-1252", "cp1252":
		i.source = fromBytes(i.source, windows1252)
	default:
		return i.syntax(int64(match[2]), "the encoding "+name+" is not supported; save the file in UTF-8")
	}
	return i.checkUTF8()
}

// windows1252 is what the bytes 0x80 to 0x9F stand for; the other bytes are as in ISO 8859-1.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// fromBytes decodes a text of one byte a character.
func fromBytes(src []byte, upper []rune) []byte {
	var b bytes.Buffer
	for _, c := range src {
		if r := rune(c); r >= 0x80 && int(r) < 0x80+len(upper) {
			b.WriteRune(upper[r-0x80])
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

func (i *importer) checkUTF8() error {
	for at := 0; at < len(i.source); {
		r, size := utf8.DecodeRune(i.source[at:])
		if r == utf8.RuneError && size == 1 {
			return i.syntax(int64(at), "the text is not UTF-8; save the file in UTF-8")
		}
		at += size
	}
	return nil
}

// strange is where the source has the first byte that no text has a use for, or else its beginning.
func (i *importer) strange() int64 {
	for at, r := range string(i.source) {
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return int64(at)
		}
	}
	return 0
}
