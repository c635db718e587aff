package proc

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// readSize is half of what a pipe holds: a flood costs few system calls, and a worker can write meanwhile.
const readSize = 32 << 10

// output keeps the last lines of both streams, each by itself: chatter on stdout must not push out the traceback on
// stderr.
type output struct {
	listener *listener // nil without a Spec.Output
	enough   int       // how many of the newest lines anybody may want

	mu      sync.Mutex // guards all below
	cutters [2]cutter  // index Stream
	rings   [2]ring    // index Stream
}

func newOutput(s Spec) *output {
	o := &output{enough: max(0, s.OutputLines)}
	if s.Output != nil {
		o.listener, o.enough = listen(s.Output), max(o.enough, listenLines)
	}
	for _, stream := range []Stream{Stdout, Stderr} {
		o.cutters[stream] = cutter{stream: stream, max: s.LineBytes}
		o.rings[stream] = ring{maxLines: s.OutputLines, maxBytes: s.OutputBytes}
	}
	return o
}

// readFrom reads pipe until it ends or its deadline passes, and for no other reason stops: a worker whose pipe is full
// blocks in its next print.
func (o *output) readFrom(stream Stream, pipe *os.File) {
	err := o.copy(stream, pipe)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		_ = o.copy(stream, buffered(pipe)) // a busy machine may not have let us read at all before
	}
	o.finish(stream)
}

// copy reads r until there is an error, and returns it.
func (o *output) copy(stream Stream, r io.Reader) error {
	buf := make([]byte, readSize)
	var lines []Line
	for {
		n, err := r.Read(buf)
		var skipped int
		lines, skipped = o.add(lines[:0], stream, buf[:n])
		o.publish(lines, skipped)
		if err != nil {
			return err
		}
	}
}

// finish ends a line whose end did not come.
func (o *output) finish(stream Stream) {
	o.mu.Lock()
	c := &o.cutters[stream]
	lines := o.keep(c.unfinished(nil, time.Now()))
	c.reset()
	o.mu.Unlock()
	o.publish(lines, 0)
}

// publish hands lines on, before which others were skipped.
func (o *output) publish(lines []Line, skipped int) {
	if o.listener != nil && len(lines) > 0 {
		o.listener.put(lines, skipped)
	}
}

// close waits until Spec.Output has had every line. Nothing may be read any more.
func (o *output) close() {
	if o.listener != nil {
		o.listener.close()
		<-o.listener.over
	}
}

// add keeps the lines that end in chunk and appends them to lines, without those that it skips.
func (o *output) add(lines []Line, stream Stream, chunk []byte) (_ []Line, skipped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	chunk, skipped = o.cutters[stream].skip(chunk, o.enough)
	return o.keep(o.cutters[stream].feed(lines, chunk, time.Now())), skipped
}

// keep is called with mu held.
func (o *output) keep(lines []Line) []Line {
	for _, l := range lines {
		o.rings[l.Stream].push(l)
	}
	return lines
}

// lines returns the kept lines in the order of their times. Last comes what was printed without an end of line: of a
// worker that hangs that is often the most telling.
func (o *output) lines() []Line {
	o.mu.Lock()
	defer o.mu.Unlock()
	var lines []Line
	for i, r := range o.rings {
		lines = append(lines, r.kept...)
		if r.keeps() {
			lines = o.cutters[i].unfinished(lines, time.Now())
		}
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.Time.Compare(b.Time) })
	return lines
}

// joinText joins the texts of lines for an error or a log entry.
func joinText(lines []Line) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
	}
	return strings.Join(texts, "\n")
}
