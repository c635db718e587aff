package core

import (
	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// Shortage is why no worker serves: more than that all are busy, which passes with the next answer.
type Shortage struct {
	Breaker  breakerfsm.State // of starts: while it is open no worker is started
	Starting int              // workers that are being started
	Degraded int              // workers that live and are not handed out
	Err      error            // of the last start, if it has failed
}

// Shortage returns why no worker serves, nil if one does.
func (c *Core) Shortage() *Shortage {
	s := &Shortage{Breaker: c.breaker.State(), Err: c.lastFailure}
	for _, w := range c.workers {
		switch w.machine.State() {
		case workerfsm.StateReady, workerfsm.StateBusy:
			return nil
		case workerfsm.StateInitializing:
			s.Starting++
		case workerfsm.StateDegraded:
			s.Degraded++
		}
	}
	return s
}
