package wire

import (
	"context"
	"sync"
)

// inbox holds the frames of one request that a reading goroutine has received and nobody has taken yet. It is bounded by
// the credit that was given.
type inbox struct {
	mu     sync.Mutex
	frames []Frame
	err    error // why no further frame will come
	news   chan struct{}
}

func newInbox() *inbox { return &inbox{news: make(chan struct{}, 1)} }

func (b *inbox) put(f Frame) {
	b.mu.Lock()
	b.frames = append(b.frames, f)
	b.mu.Unlock()
	b.wake()
}

// fail lets take return err once it has returned all frames.
func (b *inbox) fail(err error) {
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) wake() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// take waits for the next frame. The error is the cause of the end of ctx, or the one given to fail.
func (b *inbox) take(ctx context.Context) (Frame, error) {
	for {
		if f, ok, err := b.next(); ok || err != nil {
			return f, err
		}
		select {
		case <-b.news:
		case <-ctx.Done():
			return Frame{}, context.Cause(ctx)
		}
	}
}

func (b *inbox) next() (f Frame, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.frames) == 0 {
		return Frame{}, false, b.err
	}
	f = b.frames[0]
	b.frames[0] = Frame{}
	b.frames = b.frames[1:]
	return f, true, nil
}
