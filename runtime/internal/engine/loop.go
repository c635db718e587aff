package engine

// Loop is a machine with a mailbox as a plain value: it starts no goroutine and takes no lock. It
// belongs to one goroutine, which sends events and then calls Run.
type Loop struct {
	engine  *Engine
	machine Stepper
	mailbox mailbox
}

// Open makes l the loop of a machine.
func (l *Loop) Open(machine Stepper, engine *Engine) { l.machine, l.engine = machine, engine }

// Send puts an event at the end of the mailbox. The callback may call it too. A call to a machine
// that has ended fails at once.
func (l *Loop) Send(ev Event) error {
	if l.engine.Stopped() {
		ev.From.Fail(l.engine.Err())
		return l.engine.Err()
	}
	l.mailbox.put(wrap(ev))
	return nil
}

// Request puts f at the end of the mailbox. When its turn comes, f runs between two events. It may
// use every method of the machine except Run. A suspended machine runs only requests. If the
// machine ends before, f is dropped.
func (l *Loop) Request(f func()) { l.mailbox.put(&message{request: f}) }

// Run runs the machine until nothing is left to do now. A panic in the callback ends the machine
// and becomes its reason.
func (l *Loop) Run() {
	e := l.engine
	for !e.Stopped() {
		l.expire()
		if ev, ok := e.nextEvent(); ok {
			_, _ = e.runStep(l.machine, ev) // the replies go to their From
			continue
		}
		item, ok := l.mailbox.take()
		if !ok {
			return
		}
		e.runMessage(l.machine, item)
	}
	e.terminate(l.machine)
	for _, item := range l.mailbox.close() {
		fromOf(item).Fail(e.Err())
	}
}

// expire puts a message for each timer that has expired into the mailbox, behind the messages that
// wait already.
func (l *Loop) expire() {
	e := l.engine
	e.markExpired(e.clock.Now())
	for t := e.nextExpired(); t != nil; t = e.nextExpired() {
		l.mailbox.put(t.message())
	}
}

// SetSuspended makes the machine handle only requests, or handle events again. Events and time-outs
// wait in the order of their arrival.
func (l *Loop) SetSuspended(yes bool) { l.mailbox.suspended = yes }

// IsSuspended reports whether the machine handles only requests.
func (l *Loop) IsSuspended() bool { return l.mailbox.suspended }
