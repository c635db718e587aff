// Package queue passes items of a worker to a function of the caller without ever waiting for it.
package queue

import (
	"sync"
	"time"
)

// The bounds of a [Queue].
const (
	Length = 256  // items that wait
	Rate   = 1000 // items a second
	Burst  = 1000 // items at once, after a second without any
)

// Queue is a bounded queue of items of a worker, such as the records of its log. A goroutine hands them to a function of the caller,
// in order. put never waits: an item that comes too fast, for the rate or for the function, is dropped
// and counted. Once a second at most, and when the queue is closed, dropped is called with the count.
type Queue[T any] struct {
	handle  func(T)
	dropped func(n int)
	rate    bool // whether the rate is limited; the length always is

	items chan T
	drop  chan struct{} // that something was dropped; holds one

	mu     sync.Mutex
	tokens float64   // of the rate
	at     time.Time // when tokens was right
	count  int       // dropped and not reported
}

func New[T any](handle func(T), dropped func(n int), rate bool) *Queue[T] {
	q := &Queue[T]{
		handle: handle, dropped: dropped, rate: rate, items: make(chan T, Length), drop: make(chan struct{}, 1),
		tokens: Burst, at: time.Now(),
	}
	go q.run()
	return q
}

// Put may be called by one goroutine at a time, and not after close.
func (q *Queue[T]) Put(item T) {
	if q.allows(time.Now()) {
		select {
		case q.items <- item:
			return
		default:
		}
	}
	q.mu.Lock()
	q.count++
	q.mu.Unlock()
	select {
	case q.drop <- struct{}{}:
	default:
	}
}

// Close lets the goroutine end when it has handled the items that wait.
func (q *Queue[T]) Close() { close(q.items) }

// allows takes a token. There are never more than queueBurst, and queueRate more with each second.
func (q *Queue[T]) allows(now time.Time) bool {
	if !q.rate {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tokens = min(Burst, q.tokens+Rate*now.Sub(q.at).Seconds())
	q.at = now
	if q.tokens < 1 {
		return false
	}
	q.tokens--
	return true
}

func (q *Queue[T]) run() {
	defer q.report()
	var timer <-chan time.Time // runs while something has been dropped and not been reported
	for {
		select {
		case item, ok := <-q.items:
			if !ok {
				return
			}
			q.handle(item)
		case <-q.drop:
			if timer == nil {
				timer = time.After(time.Second)
			}
		case <-timer:
			timer = nil
			q.report()
		}
	}
}

func (q *Queue[T]) report() {
	q.mu.Lock()
	n := q.count
	q.count = 0
	q.mu.Unlock()
	if n > 0 {
		q.dropped(n)
	}
}
