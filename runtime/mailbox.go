package runtime

// mail is one message for a machine: an event, or a request if system is set, or the wake-up of its group.
type mail struct {
	event  Event
	expiry uint64 // not 0: the event is that of an expired timer, and void if the timer has not this number any more
	system func() // runs between two events, also while the machine is suspended; contains its own panics
	wake   bool   // timers are due
}

// outside reports whether the message is a cast or a call, which the bound of the mailbox is for.
func (m *mail) outside() bool { return m.expiry == 0 && m.system == nil && !m.wake }

// mailbox is what waits for a machine, in the order of arrival. It is a plain value, guarded by whoever holds it.
type mailbox struct {
	mail      []mail
	head      int  // of what is left in mail
	outside   int  // how many casts and calls are left
	suspended bool // only requests and wake-ups are served (R099)
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
	for b.suspended && i < len(b.mail) && b.mail[i].system == nil && !b.mail[i].wake {
		i++
	}
	return i
}

// compact makes room in front: a mailbox that never runs empty must not grow for that.
func (b *mailbox) compact() {
	n := copy(b.mail, b.mail[b.head:])
	clear(b.mail[n:])
	b.mail, b.head = b.mail[:n], 0
}

const keptMail = 64 // a burst larger than that does not keep its memory

func (b *mailbox) reset() {
	b.mail, b.head = b.mail[:0], 0
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
