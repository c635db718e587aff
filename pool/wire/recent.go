package wire

// recent is the requests that were written last, so that what a worker logs about one can name it, also when its answer has
// come before the record.
type recent struct {
	at    int
	calls [recentCalls]recentCall
}

// recentCalls is how many there are: as many as a busy worker has within the time that a record takes.
const recentCalls = 64

type recentCall struct {
	id               uint64
	command, session string
}

func (r *recent) note(id uint64, command, session string) {
	r.calls[r.at] = recentCall{id, command, session}
	r.at = (r.at + 1) % recentCalls
}

func (r *recent) find(id uint64) recentCall {
	for i := range r.calls {
		if r.calls[i].id == id {
			return r.calls[i]
		}
	}
	return recentCall{}
}

// describing returns log, called with records that know the command and the session of their request.
func (d *Data) describing(log func(LogRecord)) func(LogRecord) {
	if log == nil {
		return nil
	}
	return func(r LogRecord) {
		if r.Request != 0 {
			d.mu.Lock()
			call := d.recent.find(r.Request)
			d.mu.Unlock()
			r.Command, r.Session = call.command, call.session
		}
		log(r)
	}
}
