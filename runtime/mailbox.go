package runtime

// mail is one message for a machine: an event, or a request if system is set, or that a timer has expired.
type mail struct {
	event   Event
	expired *timer // its event is due, unless it was stopped or started anew meanwhile
	system  func() // runs between two events, also while the machine is suspended
}

// outside reports whether the message is a cast or a call, which the bound of the mailbox is for.
func (m *mail) outside() bool { return m.expired == nil && m.system == nil }

// mailbox is what waits for a machine, in the order of arrival. It is a plain value, guarded by whoever holds it.
type mailbox struct {
	mail      []mail
	head      int  // of what is left in mail
	outside   int  // how many casts and calls are left
	suspended bool // only requests are served (R099)
}

func (b *mailbox) put(m mail) {
	if len(b.mail) == cap(b.mail) && b.head > len(b.mail)/2 {
		b.compact()
	}
	b.mail = append(b.mail, m)
	if m.outside() {
		b.outside++
	}
}

// take returns the next message that may be served.
func (b *mailbox) take() (mail, bool) {
	i := b.next()
	if i == len(b.mail) {
		return mail{}, false
	}
	m := b.mail[i]
	if m.outside() {
		b.outside--
	}
	copy(b.mail[b.head+1:i+1], b.mail[b.head:i]) // what is skipped keeps its order
	b.mail[b.head] = mail{}
	b.head++
	if b.head == len(b.mail) {
		b.reset()
	}
	return m, true
}

// next is the index of the next message that may be served, or the length if there is none.
func (b *mailbox) next() int {
	i := b.head
	for b.suspended && i < len(b.mail) && b.mail[i].system == nil {
		i++
	}
	return i
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
	sharedMail = 1024
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
func (b *mailbox) close() []mail {
	left := b.mail[b.head:]
	b.mail, b.head, b.outside = nil, 0, 0
	return left
}
