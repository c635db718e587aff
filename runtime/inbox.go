package runtime

import (
	"sync"
	"sync/atomic"
)

// crowd is what a server needs only while somebody waits for its machine. Senders put messages in, and whoever runs the
// machine takes all that are there at once: in belongs to the lock of the server, out to the runner.
type inbox struct {
	in        mailbox
	drained   int           // how many casts and calls were let out last: at most so many are left of them
	notified  chan struct{} // closed when the machine has ended and everybody knows; nil until somebody asks
	done      chan struct{} // closed when its invokes have returned too; nil until somebody asks
	unhandled uint64

	_         [64]byte // what follows changes with every message served
	out       mailbox
	published int          // what outside is
	slack     int          // by how much outside may be larger than what is left
	length    atomic.Int32 // casts and calls in out, for those who want to put more in
}

// grains is into how many parts the bound of a mailbox is divided: it is exact to one of them.
const slackParts = 64

// crowds are those that nobody needs now, with the memory of their mailboxes.
var inboxPool = sync.Pool{New: func() any { return new(inbox) }}

// more returns the crowd of the server, under its lock.
func (s *Server) acquireInbox() *inbox {
	if s.inbox == nil {
		s.inbox = inboxPool.Get().(*inbox)
		s.inbox.slack = max(1, int(s.limit/slackParts))
	}
	return s.inbox
}

// less gives a crowd back that has gone, for whoever runs the machine and has the lock of the server.
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

// full reports whether as many casts and calls wait as may.
func (q *inbox) full(limit int32) bool {
	return q.in.external+q.drained >= int(limit) && q.len() >= int(limit)
}

// waiting returns how many casts and calls wait, under the lock of the server.
func (q *inbox) len() int { return q.in.external + int(q.length.Load()) }

// put puts a message in, under the lock of the server.
func (q *inbox) put(item any) {
	q.in.queue = append(q.in.queue, item)
	if isExternal(item) {
		q.in.external++
	}
}

// take returns the next message of those that have been let out.
func (q *inbox) take() (item any, ok bool) {
	next, ok := q.out.take()
	if left := q.out.external; q.published-left >= q.slack || left == 0 && q.published > 0 {
		q.publish()
	}
	return next, ok
}

// letOut moves what is in out, under the lock of the server. It reports whether there was anything.
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

// tell lets those who want to put more in know how many are left. That is dear while they look, and so is not done for every
// message of a large mailbox.
func (q *inbox) publish() {
	q.published = q.out.external
	q.length.Store(int32(q.published))
}

// close empties the mailbox and returns what was in it.
func (q *inbox) close() []any { return append(q.out.close(), q.in.close()...) }

// A message is the content of a cast, or a *letter.

// letter is a message that is more than a cast: an event, or a request if system is set, or that a timer has expired.
type message struct {
	event   Event
	timer   *timer // its event is due, unless it was stopped or started anew meanwhile
	request func() // runs between two events, also while the machine is suspended
}

// envelope makes an event a message.
func wrap(ev Event) any {
	if ev.Kind == KindCast && ev.From == nil {
		return ev.Content
	}
	return &message{event: ev}
}

// outside reports whether a message is an event from outside, which the bound of the mailbox is for.
func isExternal(item any) bool {
	m, ok := item.(*message)
	return !ok || m.timer == nil && m.request == nil && m.event.Kind != KindInvoke
}

// mailbox is what waits for a machine, in the order of arrival. It is a plain value, guarded by whoever holds it.
type mailbox struct {
	queue     []any // messages
	head      int   // of what is left in mail
	external  int   // how many events from outside are left
	suspended bool  // only requests are served (R099)
}

func (b *mailbox) put(m any) {
	if len(b.queue) == cap(b.queue) && b.head > len(b.queue)/2 {
		b.compact()
	}
	b.queue = append(b.queue, m)
	if isExternal(m) {
		b.external++
	}
}

// take returns the next message that may be served.
func (b *mailbox) take() (item any, ok bool) {
	i := b.next()
	if i == len(b.queue) {
		return nil, false
	}
	next := b.queue[i]
	if isExternal(next) {
		b.external--
	}
	copy(b.queue[b.head+1:i+1], b.queue[b.head:i]) // what is skipped keeps its order
	b.queue[b.head] = nil
	b.head++
	if b.head == len(b.queue) {
		b.reset()
	}
	return next, true
}

// next is the index of the next message that may be served, or the length if there is none.
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

func isRequest(item any) bool {
	m, ok := item.(*message)
	return ok && m.request != nil
}

func (b *mailbox) len() int { return len(b.queue) - b.head }

// compact makes room in front: a mailbox that never runs empty must not grow for that.
func (b *mailbox) compact() {
	n := copy(b.queue, b.queue[b.head:])
	clear(b.queue[n:])
	b.queue, b.head = b.queue[:n], 0
}

// What is left of the memory of a burst: in a mailbox that is shared by many machines, and in one that is not.
const (
	maxPooledQueue = 2048
	maxIdleQueue   = 16
)

func (b *mailbox) reset() {
	b.queue, b.head = b.queue[:0], 0
	if cap(b.queue) > maxPooledQueue {
		b.queue = nil
	}
}

// shrink gives back the memory of an empty mailbox.
func (b *mailbox) shrink() {
	if cap(b.queue) > maxIdleQueue {
		b.queue = nil
	}
}

// close empties the mailbox and returns what was in it.
func (b *mailbox) close() []any {
	left := b.queue[b.head:]
	b.queue, b.head, b.external = nil, 0, 0
	return left
}

// caller returns who waits for the answer to a message; nil if nobody does.
func fromOf(item any) *From {
	if m, ok := item.(*message); ok {
		return m.event.From
	}
	return nil
}
