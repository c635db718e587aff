package worker

import "fmt"

// Machine is a worker in some implementation.
type Machine interface {
	// Fire makes an event happen. Events without a payload leave the Failure alone.
	Fire(Event, Failure) error
	State() State
	Entries() Entries
}

// methods are those of an implementation that has one per event.
type methods interface {
	InitComplete() error
	InitFailed() error
	Checkout() error
	CheckinOK() error
	CheckinError(Failure) error
	HealthOK() error
	HealthFailed(Failure) error
	Drain() error
	Stop() error
	CleanupComplete() error
	State() State
}

// dispatch makes a Machine of an implementation that has a method per event.
type dispatch struct {
	methods
	entries *Entries
}

func (d dispatch) Entries() Entries { return *d.entries }

func (d dispatch) Fire(e Event, f Failure) error {
	switch e {
	case InitComplete:
		return d.InitComplete()
	case InitFailed:
		return d.InitFailed()
	case Checkout:
		return d.Checkout()
	case CheckinOK:
		return d.CheckinOK()
	case CheckinError:
		return d.CheckinError(f)
	case HealthOK:
		return d.HealthOK()
	case HealthFailed:
		return d.HealthFailed(f)
	case Drain:
		return d.Drain()
	case Stop:
		return d.Stop()
	case CleanupComplete:
		return d.CleanupComplete()
	default:
		return fmt.Errorf("worker: event %d is unknown: want one below %d", e, eventCount)
	}
}
