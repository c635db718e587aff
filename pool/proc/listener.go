package proc

import "sync"

// Bounds of what a slow Spec.Output is behind.
const (
	listenLines = 1 << 10
	listenBytes = 256 << 10
)

// listener hands lines to Spec.Output without letting anybody wait for it.
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
