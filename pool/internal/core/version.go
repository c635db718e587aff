package core

// version is one version of the workers' code: where its free workers are found, and which requests wait for just these.
// There are two while an upgrade is under way, and one otherwise.
type version struct {
	label      string
	idle       idleWorkers
	bySessions heap[*worker] // every free worker, the one with the fewest sessions first, and some that are busy: see fewestSessionsOf
	lane
}

// lane has the requests that wait for a worker of one version, or of any.
type lane struct {
	anonymous heap[*Ticket] // waiting requests that have no session
	unbound   heap[*Ticket] // waiting requests of sessions that may get any worker of the lane
}

// newLane returns a lane in which no request waits.
func newLane() lane { return lane{anonymous: newTicketHeap(own), unbound: newTicketHeap(anyone)} }

// newVersion returns a version without workers.
func newVersion(label string) *version {
	return &version{label: label, bySessions: newBySessions(), lane: newLane()}
}

// laneOf returns where requests wait for workers of that version; nil stands for any.
func (c *Core) laneOf(v *version) *lane {
	if v == nil {
		return &c.shared
	}
	return &v.lane
}

// leastBusy returns the free worker with the fewest requests, of these the one that was used last; nil if there is none.
// The version is nil for any.
func (c *Core) leastBusy(v *version) *worker {
	if v != nil {
		return v.idle.next()
	}
	w := c.stable.idle.next()
	if c.upgrade == nil {
		return w
	}
	other := c.upgrade.to.idle.next()
	switch {
	case w == nil:
		return other
	case other == nil || c.upgrade.rollingBack():
		return w
	case other.busy() < w.busy() || (other.busy() == w.busy() && other.used > w.used):
		return other
	}
	return w
}

// longestIdle returns the worker that has been idle for longest of those that may leave, nil if each one serves a request.
func (c *Core) longestIdle() *worker {
	w := c.stable.idle.longest()
	if c.upgrade == nil || c.upgrade.inCanary() {
		return w
	}
	if other := c.upgrade.to.idle.longest(); w == nil || (other != nil && other.used < w.used) {
		return other
	}
	return w
}
