package worker

import "sync"

// shareable is a machine as far as many goroutines use it at once.
type shareable interface {
	HealthOK() error
	// Entries is for when all of them are done.
	Entries() Entries
}

// locked is a switch that is safe for many goroutines.
type locked struct {
	mu      sync.Mutex
	machine *hooked
	entries *Entries
}

func readyLocked() (shareable, error) {
	entries := new(Entries)
	m := &locked{machine: newHooked(entries), entries: entries}
	return m, m.machine.InitComplete()
}

func (l *locked) HealthOK() error {
	l.mu.Lock()
	err := l.machine.HealthOK()
	l.mu.Unlock()
	return err
}

func (l *locked) Entries() Entries { return *l.entries }

// fired is a machine that is told of events by value, and is safe by itself.
type fired struct{ Machine }

func (f fired) HealthOK() error { return f.Fire(HealthOK, Failure{}) }

// lockedFired is one that is not: looplab/fsm says that it is safe, but runs what comes after an event unlocked.
type lockedFired struct {
	mu sync.Mutex
	Machine
}

func (f *lockedFired) HealthOK() error {
	f.mu.Lock()
	err := f.Fire(HealthOK, Failure{})
	f.mu.Unlock()
	return err
}
