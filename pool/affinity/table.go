package affinity

import "sync"

// Binding says where a session is.
type Binding struct {
	// Worker is the id of the worker; 0 means that the session is bound to none.
	Worker uint64
	// Generation grows with every worker that the session is bound to. A worker that sees another one than before starts
	// the session anew, and what an earlier worker still says about the session is out of date.
	Generation uint64
	// Rebound says that the session had state on an earlier worker, which is gone.
	Rebound bool
}

// Table maps sessions to workers. The zero Table is empty. It may be used by many goroutines; its lock is a leaf.
type Table struct {
	mu       sync.Mutex
	bindings uint64 // so far; no two bindings share a generation, also when one was forgotten in between
	sessions map[string]*entry
	workers  map[uint64]map[string]*entry
}

type entry struct {
	Binding
	firm bool // an answer has come back: there is state to lose
}

// Lookup returns where the session is. The zero Binding means that nothing is known of it.
func (t *Table) Lookup(session string) Binding {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.sessions[session]; ok {
		return e.Binding
	}
	return Binding{}
}

// Bind puts the session on the worker, tentatively, and returns the binding. Binding it where it already is changes
// nothing.
func (t *Table) Bind(session string, worker uint64) Binding {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(session)
	if e.Worker == worker {
		return e.Binding
	}
	t.detach(session, e)
	e.Worker = worker
	t.bindings++
	e.Generation = t.bindings
	if t.workers[worker] == nil {
		t.workers[worker] = make(map[string]*entry)
	}
	t.workers[worker][session] = e
	return e.Binding
}

func (t *Table) entry(session string) *entry {
	if t.sessions == nil {
		t.sessions, t.workers = make(map[string]*entry), make(map[uint64]map[string]*entry)
	}
	e, ok := t.sessions[session]
	if !ok {
		e = &entry{}
		t.sessions[session] = e
	}
	return e
}

// detach takes the session from its worker. A firm binding is lost by it.
func (t *Table) detach(session string, e *entry) {
	if e.Worker == 0 {
		return
	}
	delete(t.workers[e.Worker], session)
	if len(t.workers[e.Worker]) == 0 {
		delete(t.workers, e.Worker)
	}
	e.Worker = 0
	if e.firm {
		e.Rebound, e.firm = true, false
	}
}

// Confirm makes the binding of that generation firm: the worker has answered, and from now on holds the session's state.
// What the binding says of an earlier loss has been told. If the worker was dropped while its answer was on the way, the
// state is lost already, and whoever is bound next is told so.
func (t *Table) Confirm(session string, generation uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(session)
	switch {
	case e.Generation == generation && e.Worker != 0:
		e.firm, e.Rebound = true, false
	case !e.firm:
		e.Generation = max(e.Generation, generation)
		e.Rebound = true
	}
}

// Unbind undoes a tentative binding of that generation, whose request never reached the worker.
func (t *Table) Unbind(session string, generation uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.sessions[session]
	if !ok || e.Generation != generation || e.firm {
		return
	}
	t.detach(session, e)
	t.forgetUnknown(session, e)
}

// DropWorker takes every session from the worker and returns how many had state there.
func (t *Table) DropWorker(worker uint64) (lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for session, e := range t.workers[worker] {
		if e.firm {
			lost++
		}
		t.detach(session, e)
		t.forgetUnknown(session, e)
	}
	return lost
}

// forgetUnknown drops an entry that says nothing: no worker, and no loss to tell of.
func (t *Table) forgetUnknown(session string, e *entry) {
	if !e.Rebound {
		delete(t.sessions, session)
	}
}

// Forget ends the session: its next request is that of a new one.
func (t *Table) Forget(session string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.sessions[session]; ok {
		t.detach(session, e)
		delete(t.sessions, session)
	}
}

// Len returns how many sessions are known, lost ones included.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sessions)
}

// Count returns how many sessions are bound to the worker.
func (t *Table) Count(worker uint64) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.workers[worker])
}
