package proc

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// Stream is one of the two outputs of a process.
type Stream uint8

// The streams.
const (
	Stdout Stream = iota
	Stderr
)

func (s Stream) String() string {
	if s == Stdout {
		return "stdout"
	}
	return "stderr"
}

// Line is one line that a process printed, without its end.
type Line struct {
	Time    time.Time // when its end was read
	Stream  Stream
	Text    string
	Dropped int // bytes of the line that are not in Text, because it was longer than Spec.LineBytes
	Missed  int // lines before this one that Spec.Output did not get, because it was too slow; 0 elsewhere
}

// cutter cuts one stream into lines, in whatever chunks the stream comes. A carriage return starts the line again, as
// on a terminal, so that of a progress bar the last state is kept and not all the former ones.
type cutter struct {
	stream  Stream
	max     int // bytes kept of a line
	buf     []byte
	dropped int
	cr      bool // the last byte was a carriage return; the next one says whether it belongs to the line's end
}

// feed appends the lines that end within chunk to lines and keeps the rest for later.
func (c *cutter) feed(lines []Line, chunk []byte, now time.Time) []Line {
	for len(chunk) > 0 {
		if c.cr && chunk[0] != '\n' && chunk[0] != '\r' {
			c.reset()
		}
		end := bytes.IndexAny(chunk, "\r\n")
		if end < 0 {
			c.keep(chunk)
			break
		}
		c.keep(chunk[:end])
		if c.cr = chunk[end] == '\r'; !c.cr {
			lines = append(lines, c.line(now))
			c.reset()
		}
		chunk = chunk[end+1:]
	}
	return lines
}

// skip leaves out the lines of chunk after which more than enough others end, and says how many. In a flood that is most of
// the work.
func (c *cutter) skip(chunk []byte, enough int) (rest []byte, skipped int) {
	end := len(chunk)
	for range enough + 1 {
		if end = bytes.LastIndexByte(chunk[:end], '\n'); end < 0 {
			return chunk, 0
		}
	}
	c.reset()
	return chunk[end+1:], bytes.Count(chunk[:end+1], []byte{'\n'})
}

// unfinished appends the line whose end has not come yet, if there is one.
func (c *cutter) unfinished(lines []Line, now time.Time) []Line {
	if len(c.buf) == 0 && c.dropped == 0 {
		return lines
	}
	return append(lines, c.line(now))
}

func (c *cutter) keep(b []byte) {
	room := min(c.max-len(c.buf), len(b))
	c.buf = append(c.buf, b[:room]...)
	c.dropped += len(b) - room
}

func (c *cutter) line(now time.Time) Line {
	text := c.buf
	if c.dropped > 0 {
		text = wholeRunes(text)
	}
	return Line{Time: now, Stream: c.stream, Text: string(text), Dropped: c.dropped + len(c.buf) - len(text)}
}

func (c *cutter) reset() {
	c.buf, c.dropped, c.cr = c.buf[:0], 0, false
}

// wholeRunes takes the beginning of a rune off the end of b, where a cut went through it.
func wholeRunes[T []byte | string](b T) T {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax); i-- {
		if utf8.RuneStart(b[i]) {
			if utf8.FullRune([]byte(b[i:])) {
				return b
			}
			return b[:i]
		}
	}
	return b
}
