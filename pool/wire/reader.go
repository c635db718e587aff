package wire

import "fmt"

// read takes frames off the connection for all calls, or until only has ended if it is not nil.
func (d *Data) read(only *call) {
	for {
		f, c, err := d.readFrame()
		if err != nil {
			d.fail(err)
			return
		}
		if c == nil {
			continue
		}
		ended := c.ended // the caller may go on as soon as it has the frame
		c.inbox.put(f)
		if ended && c == only {
			return
		}
	}
}

// readFrame reads one frame and enters it into the call that it belongs to, which is nil for a frame that no caller has to
// know of.
func (d *Data) readFrame() (Frame, *call, error) {
	f, err := d.conn.ReadFrame()
	if err != nil {
		return Frame{}, nil, err
	}
	c, err := d.addressee(f)
	if err == nil && c != nil {
		err = c.admit(f)
	}
	if err == nil {
		err = d.tolerate(c, f)
	}
	if err != nil || c == nil || f.Type == TypeCredit {
		return Frame{}, nil, err
	}
	if c.ended {
		d.forget(c)
	}
	return f, c, nil
}

// tolerate counts frames that mean nothing: credit for a request that has ended, which may come late, and credit of no bytes.
func (d *Data) tolerate(c *call, f Frame) error {
	if c != nil && (f.Type != TypeCredit || creditOf(f) > 0) {
		d.useless = 0
		return nil
	}
	if d.useless++; d.useless <= maxUseless {
		return nil
	}
	return &ProtocolError{
		Field: "frame", Seen: fmt.Sprintf("more than %d frames in a row that mean nothing", maxUseless),
		Allowed: "CREDIT for input that has been consumed",
	}
}

// addressee returns the call that f belongs to. Credit may come late; nothing else may come twice, or without being asked for.
func (d *Data) addressee(f Frame) (*call, error) {
	if f.ID == 0 && f.Type == TypeError {
		return nil, remoteError(f)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.calls[f.ID]; c != nil {
		c.seen = true
		return c, nil
	}
	if f.Type == TypeCredit && f.ID != 0 && f.ID <= d.lastID {
		return nil, nil
	}
	return nil, unexpected(f, fmt.Sprintf("an answer to one of %d requests in flight", len(d.calls)))
}

// forget lets no further frame find the call.
func (d *Data) forget(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.calls, c.id)
	if c.answered != nil {
		close(c.answered)
		c.answered = nil
	}
}

// fail loses the connection for every call that waits.
func (d *Data) fail(err error) {
	err = d.lose(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if c.inbox != nil {
			c.inbox.fail(err)
		}
	}
}
