package runtime

// A message is the content of a cast, or a *letter.

// letter is a message that is more than a cast: an event, or a request if system is set, or that a timer has expired.
type letter struct {
	event   Event
	expired *timer // its event is due, unless it was stopped or started anew meanwhile
	system  func() // runs between two events, also while the machine is suspended
}

// envelope makes an event a message.
func envelope(ev Event) any {
	if ev.Kind == KindCast && ev.From == nil {
		return ev.Content
	}
	return &letter{event: ev}
}

// outside reports whether a message is an event from outside, which the bound of the mailbox is for.
func outside(m any) bool {
	l, ok := m.(*letter)
	return !ok || l.expired == nil && l.system == nil && l.event.Kind != KindInvoke
}

// mailbox is what waits for a machine, in the order of arrival. It is a plain value, guarded by whoever holds it.
type mailbox struct {
	mail      []any // messages
	head      int   // of what is left in mail
	outside   int   // how many events from outside are left
	suspended bool  // only requests are served (R099)
}

func (b *mailbox) put(m any) {
	if len(b.mail) == cap(b.mail) && b.head > len(b.mail)/2 {
		b.compact()
	}
	b.mail = append(b.mail, m)
	if outside(m) {
		b.outside++
	}
}

// take returns the next message that may be served.
func (b *mailbox) take() (message any, ok bool) {
	i := b.next()
	if i == len(b.mail) {
		return nil, false
	}
	m := b.mail[i]
	if outside(m) {
		b.outside--
	}
	copy(b.mail[b.head+1:i+1], b.mail[b.head:i]) // what is skipped keeps its order
	b.mail[b.head] = nil
	b.head++
	if b.head == len(b.mail) {
		b.reset()
	}
	return m, true
}

// next is the index of the next message that may be served, or the length if there is none.
func (b *mailbox) next() int {
	if !b.suspended {
		return b.head
	}
	i := b.head
	for i < len(b.mail) && !isRequest(b.mail[i]) {
		i++
	}
	return i
}

func isRequest(m any) bool {
	l, ok := m.(*letter)
	return ok && l.system != nil
}

func (b *mailbox) waiting() int { return len(b.mail) - b.head }

// compact makes room in front: a mailbox that never runs empty must not grow for that.
func (b *mailbox) compact() {
	n := copy(b.mail, b.mail[b.head:])
	clear(b.mail[n:])
	b.mail, b.head = b.mail[:n], 0
}

// What is left of the memory of a burst: in a mailbox that is shared by many machines, and in one that is not.
const (
	sharedMail = 2048
	keptMail   = 16
)

func (b *mailbox) reset() {
	b.mail, b.head = b.mail[:0], 0
	if cap(b.mail) > sharedMail {
		b.mail = nil
	}
}

// shrink gives back the memory of an empty mailbox.
func (b *mailbox) shrink() {
	if cap(b.mail) > keptMail {
		b.mail = nil
	}
}

// close empties the mailbox and returns what was in it.
func (b *mailbox) close() []any {
	left := b.mail[b.head:]
	b.mail, b.head, b.outside = nil, 0, 0
	return left
}

// caller returns who waits for the answer to a message; nil if nobody does.
func caller(message any) *From {
	if l, ok := message.(*letter); ok {
		return l.event.From
	}
	return nil
}
