package proc

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// readSize is half of what a pipe holds: a flood costs few system calls, and a worker can write meanwhile.
const readSize = 32 << 10

// output keeps the last lines of both streams, each by itself: chatter on stdout must not push out the traceback on
// stderr.
type output struct {
	listener *listener // nil without a Spec.Output
	enough   int       // how many of the newest lines a reader may want

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

// ring is the buffer of the newest lines of a stream, within two bounds. The oldest lines make room.
type ring struct {
	maxLines, maxBytes int

	kept  []Line // oldest first
	bytes int    // of their texts
}

func (r *ring) keeps() bool { return r.maxLines > 0 && r.maxBytes > 0 }

// push returns how many lines have made room.
func (r *ring) push(l Line) (dropped int) {
	if !r.keeps() {
		return 0
	}
	if len(l.Text) > r.maxBytes {
		whole := wholeRunes(l.Text[:r.maxBytes])
		l.Dropped += len(l.Text) - len(whole)
		l.Text = whole
	}
	for len(r.kept) == r.maxLines || r.bytes+len(l.Text) > r.maxBytes {
		r.drop()
		dropped++
	}
	r.bytes += len(l.Text)
	r.kept = append(r.kept, l) // moves the kept lines to the front of a new array when the old one is used up
	return dropped
}

func (r *ring) drop() {
	r.bytes -= len(r.kept[0].Text)
	r.kept[0] = Line{} // the array lives on for a while, the text must not
	r.kept = r.kept[1:]
}

// maxBuffered is more than a pipe holds. It is the bound if a process goes on writing.
const maxBuffered = 1 << 20

// buffered reads what a pipe holds already. It neither waits nor minds a deadline.
func buffered(pipe *os.File) io.Reader {
	return io.LimitReader(nowReader{pipe}, maxBuffered)
}

type nowReader struct{ file *os.File }

// Read returns io.EOF where a waiting Read would wait.
func (r nowReader) Read(b []byte) (n int, err error) {
	conn, err := r.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	closed := conn.Control(func(fd uintptr) {
		n, err = retry(func() (int, error) { return syscall.Read(int(fd), b) })
	})
	if n > 0 {
		return n, nil
	}
	if err == nil || err == syscall.EAGAIN {
		err = io.EOF
	}
	return 0, cmp.Or(closed, err)
}

// Bounds of what a slow Spec.Output is behind.
const (
	listenLines = 1 << 10
	listenBytes = 256 << 10
)

// listener is the goroutine that hands lines to Spec.Output, so that the reader of the pipe does not wait for it.
type listener struct {
	each func(Line)
	over chan struct{} // closed when each has returned for the last time

	mu      sync.Mutex // guards all below
	waiting ring
	more    sync.Cond // of mu: waiting has lines, or closed is set
	missed  int       // lines left out before the oldest waiting one
	closed  bool
}

func listen(each func(Line)) *listener {
	l := &listener{each: each, over: make(chan struct{}), waiting: ring{maxLines: listenLines, maxBytes: listenBytes}}
	l.more.L = &l.mu
	go l.run()
	return l
}

// put adds lines. If others before them were skipped, they are as many as can wait.
func (l *listener) put(lines []Line, skipped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed += skipped
	for _, line := range lines {
		l.missed += l.waiting.push(line)
	}
	l.more.Signal()
}

// close lets run end after the lines that are waiting.
func (l *listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.more.Signal()
}

func (l *listener) run() {
	defer close(l.over)
	for {
		line, ok := l.next()
		if !ok {
			return
		}
		l.each(line)
	}
}

func (l *listener) next() (Line, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting.kept) == 0 && !l.closed {
		l.more.Wait()
	}
	if len(l.waiting.kept) == 0 {
		return Line{}, false
	}
	line := l.waiting.kept[0]
	line.Missed, l.missed = l.missed, 0
	l.waiting.drop()
	return line, true
}
