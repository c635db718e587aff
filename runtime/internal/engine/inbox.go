package engine

import (
	"sync"
	"sync/atomic"

	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// inbox is the queue of messages of a server that is being run by another goroutine. A server has
// one only while messages wait. Senders put messages into in, under the lock of the server. The
// owner takes messages from out without a lock, and swaps the two when out is empty: one lock
// operation for many messages.
//
// The bound of Config.Mailbox counts the messages in both parts, and senders must not read out,
// which changes without the lock. The owner therefore publishes the length of out in an atomic, and
// not after each message: each store would take the cache line away from the senders that read it.
// It publishes when the published length is off by slack, and when out is empty. Senders see a
// length that is too large by less than slack, never one that is too small. An example with the
// limit 128, so slack is 2:
//
//	128 messages are in; the owner swaps    in = 0    out = 128   published = 128   full
//	the owner takes one message                       out = 127   published = 128   full: off by 1
//	the owner takes another message                   out = 126   published = 126   two messages fit
//	a sender puts two in                    in = 2    out = 126   published = 126   full
//
// A bound is thus exact to 1/slackParts of it; with a limit below 2*slackParts, slack is 1 and the
// bound is exact.
type inbox struct {
	in        mailbox
	drained   int           // external messages in out at the last swap: no more are left of them
	notified  chan struct{} // closed when the machine has ended and all callers are notified; nil until requested
	done      chan struct{} // closed when its invokes have returned too; nil until requested
	unhandled uint64

	_         [64]byte // the fields below change with every message served
	out       mailbox
	published int          // the value stored in length
	slack     int          // length may exceed the messages in out by less than this
	length    atomic.Int32 // published number of external messages in out; senders read it
}

// slackParts is the number of parts that the bound of an inbox is divided into. The bound is exact
// to one part.
const slackParts = 64

// inboxPool holds inboxes that are not in use. They keep the memory of their queues.
var inboxPool = sync.Pool{New: func() any { return new(inbox) }}

// acquireInbox returns the inbox of the server. The lock of the server is held.
func (s *Server) acquireInbox() *inbox {
	if s.inbox == nil {
		s.inbox = inboxPool.Get().(*inbox)
		s.inbox.slack = max(1, int(s.limit/slackParts))
	}
	return s.inbox
}

// releaseInbox returns the inbox to the pool if it is empty and holds nothing else. It is called by
// the owner, with the lock of the server held.
func (s *Server) releaseInbox() {
	q := s.inbox
	switch {
	case q == nil || q.in.len()+q.out.len() > 0 || q.out.suspended:
	case q.notified != nil || q.done != nil || q.unhandled > 0:
		q.in.shrink()
		q.out.shrink()
	default:
		s.inbox = nil
		inboxPool.Put(q)
	}
}

// full reports whether the bound is reached. Its first condition avoids reading length, which the
// owner writes.
func (q *inbox) full(limit int32) bool {
	return q.in.external+q.drained >= int(limit) && q.len() >= int(limit)
}

// len returns the number of external messages. The lock of the server is held.
func (q *inbox) len() int { return q.in.external + int(q.length.Load()) }

// put puts a message in. The lock of the server is held.
func (q *inbox) put(item any) {
	q.in.queue = append(q.in.queue, item)
	if isExternal(item) {
		q.in.external++
	}
}

// take returns the next message of out, and publishes the length if that is due. Only the owner
// calls it.
func (q *inbox) take() (item any, ok bool) {
	next, ok := q.out.take()
	if left := q.out.external; q.published-left >= q.slack || left == 0 && q.published > 0 {
		q.publish()
	}
	return next, ok
}

// swap makes the messages of in available to take. The owner calls it with the lock of the server
// held. It reports whether there were any.
func (q *inbox) swap() bool {
	if q.in.len() == 0 {
		return false
	}
	suspended := q.out.suspended
	if q.out.len() == 0 {
		q.in, q.out = q.out, q.in
	} else { // the machine is suspended
		for _, m := range q.in.close() {
			q.out.put(m)
		}
	}
	q.in.suspended, q.out.suspended = false, suspended
	q.drained = q.out.external
	q.publish()
	return true
}

// publish stores the number of messages left for senders to read.
func (q *inbox) publish() {
	q.published = q.out.external
	q.length.Store(int32(q.published))
}

// close empties the inbox and returns its messages.
func (q *inbox) close() []any { return append(q.out.close(), q.in.close()...) }

// message is a queued item that is more than the content of a cast: an event, or a request if
// request is set, or an expired timer if timer is set. A cast without a From is queued as its plain
// content, which saves an allocation: an item of a queue is either the content of a cast or a
// *message.
type message struct {
	event   Event
	timer   *timer // it has expired; the message is void if it was stopped or restarted since
	request func() // runs between two events, also while the machine is suspended
}

// wrap returns the queue item of an event.
func wrap(ev Event) any {
	if ev.Kind == KindCast && ev.From == nil {
		return ev.Content
	}
	return &message{event: ev}
}

// isExternal reports whether an item is an event from outside. The bound of the mailbox counts only
// those.
func isExternal(item any) bool {
	m, ok := item.(*message)
	return !ok || m.timer == nil && m.request == nil && m.event.Kind != KindInvoke
}

// mailbox is a queue of items in the order of arrival. It is a plain value: the code that holds it
// synchronizes access.
type mailbox struct {
	queue     []any // items
	head      int   // index of the first item that is left
	external  int   // number of external items that are left
	suspended bool  // only requests may be taken (R099)
}

// put appends an item.
func (b *mailbox) put(m any) {
	if len(b.queue) == cap(b.queue) && b.head > len(b.queue)/2 {
		b.compact()
	}
	b.queue = append(b.queue, m)
	if isExternal(m) {
		b.external++
	}
}

// take removes and returns the next item that may be served.
func (b *mailbox) take() (item any, ok bool) {
	i := b.next()
	if i == len(b.queue) {
		return nil, false
	}
	next := b.queue[i]
	if isExternal(next) {
		b.external--
	}
	copy(b.queue[b.head+1:i+1], b.queue[b.head:i]) // skipped items keep their order
	b.queue[b.head] = nil
	b.head++
	if b.head == len(b.queue) {
		b.reset()
	}
	return next, true
}

// next returns the index of the next item that may be served, or the length if there is none.
func (b *mailbox) next() int {
	if !b.suspended {
		return b.head
	}
	i := b.head
	for i < len(b.queue) && !isRequest(b.queue[i]) {
		i++
	}
	return i
}

// isRequest reports whether an item is a request.
func isRequest(item any) bool {
	m, ok := item.(*message)
	return ok && m.request != nil
}

// len returns the number of items, external or not.
func (b *mailbox) len() int { return len(b.queue) - b.head }

// compact moves the items to the front, so that a queue that never becomes empty does not grow for
// ever.
func (b *mailbox) compact() {
	n := copy(b.queue, b.queue[b.head:])
	clear(b.queue[n:])
	b.queue, b.head = b.queue[:n], 0
}

// Capacities that an empty queue may keep after a burst: in an inbox that goes back to the pool,
// and in one that stays with its server.
const (
	maxPooledQueue = 2048
	maxIdleQueue   = 16
)

// reset starts at the front of an empty queue.
func (b *mailbox) reset() {
	b.queue, b.head = b.queue[:0], 0
	if cap(b.queue) > maxPooledQueue {
		b.queue = nil
	}
}

// shrink releases the memory of an empty queue.
func (b *mailbox) shrink() {
	if cap(b.queue) > maxIdleQueue {
		b.queue = nil
	}
}

// close empties the queue and returns its items.
func (b *mailbox) close() []any {
	left := b.queue[b.head:]
	b.queue, b.head, b.external = nil, 0, 0
	return left
}

// fromOf returns the From of an item; nil if no caller waits for an answer.
func fromOf(item any) *reply.From {
	if m, ok := item.(*message); ok {
		return m.event.From
	}
	return nil
}
