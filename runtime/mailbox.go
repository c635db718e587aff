package runtime

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
