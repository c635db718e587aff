package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// watch prints what happens, for a person to read, and remembers how many workers of which version there were.
type watch struct {
	pool   *pool.Pool
	books  *books
	began  time.Time
	stdout io.Writer

	mu      sync.Mutex // of what follows, and of stdout
	shown   string     // the versions and the phase of the last line
	shownAt time.Time
	counted int64            // requests at that time
	seen    []map[string]int // workers that serve by version, once a sample
	order   []string         // versions, in the order in which they came
}

// The times between two looks, between two samples, and between two lines when nothing changes.
const (
	look   = 20 * time.Millisecond
	sample = 250 * time.Millisecond
	line   = time.Second
)

func newWatch(p *pool.Pool, b *books, stdout io.Writer) *watch {
	return &watch{pool: p, books: b, began: time.Now(), stdout: stdout}
}

func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		w.look()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look prints a line where anything has changed, and once a second.
func (w *watch) look() {
	s := w.pool.Stats()
	w.mu.Lock()
	defer w.mu.Unlock()
	for version := range s.Versions {
		if !slices.Contains(w.order, version) {
			w.order = append(w.order, version)
		}
	}
	for time.Since(w.began) >= time.Duration(len(w.seen))*sample {
		w.seen = append(w.seen, s.Versions)
	}
	now := w.versions(s.Versions) + "  " + s.Upgrade
	if now == w.shown && time.Since(w.shownAt) < line {
		return
	}
	w.shown = now
	w.print(now)
}

// versions are the workers that serve, by version.
func (w *watch) versions(count map[string]int) string {
	var each []string
	for _, version := range w.order {
		if n := count[version]; n > 0 {
			each = append(each, fmt.Sprintf("%s: %d", version, n))
		}
	}
	return fmt.Sprintf("%-22s", strings.Join(each, ", "))
}

func (w *watch) print(text string) {
	requests := w.books.requests.Load()
	rate := ""
	if past := time.Since(w.shownAt); past < time.Hour && past > line/2 {
		rate = fmt.Sprintf(", %.0f/s", float64(requests-w.counted)/past.Seconds())
	}
	w.shownAt, w.counted = time.Now(), requests
	fmt.Fprintf(w.stdout, "%5.1f s  %-40s %d requests%s, %d failed\n",
		time.Since(w.began).Seconds(), text, requests, rate, w.books.failed())
}

// say prints what is about to happen.
func (w *watch) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.stdout, "%5.1f s  -- %s\n", time.Since(w.began).Seconds(), fmt.Sprintf(format, args...))
}

// timeline is how many workers of each version there were, a character a sample.
func (w *watch) timeline(stdout io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(stdout, "workers by version, each %v\n", sample)
	for _, version := range w.order {
		fmt.Fprintf(stdout, "  %-8s", version)
		for _, count := range w.seen {
			digit := "."
			if n := count[version]; n > 9 {
				digit = "+"
			} else if n > 0 {
				digit = fmt.Sprint(n)
			}
			fmt.Fprint(stdout, digit)
		}
		fmt.Fprintln(stdout)
	}
}
