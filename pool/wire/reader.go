package wire

import "fmt"

// read takes frames off the connection for everybody, or until only has ended if it is not nil.
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

// readFrame reads one frame and enters it into the books of the call that it belongs to, which is nil if the frame is for
// nobody.
func (d *Data) readFrame() (Frame, *call, error) {
	f, err := d.conn.ReadFrame()
	if err != nil {
		return Frame{}, nil, err
	}
	c, err := d.addressee(f)
	if c == nil || err != nil {
		return Frame{}, nil, err
	}
	if err := c.admit(f); err != nil {
		return Frame{}, nil, err
	}
	if f.Type == TypeCredit {
		return Frame{}, nil, nil
	}
	if c.ended {
		d.forget(c)
	}
	return f, c, nil
}

// addressee returns the call that f belongs to. Credit may come late; nothing else may come twice, or without being asked for.
func (d *Data) addressee(f Frame) (*call, error) {
	if f.ID == 0 && f.Type == TypeError {
		return nil, remoteError(f)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.calls[f.ID]; c != nil {
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
	delete(d.calls, c.id)
	d.mu.Unlock()
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
