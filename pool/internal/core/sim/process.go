package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// ids returns the workers that have not exited, oldest first.
func (w *world) ids() []uint64 {
	ids := make([]uint64, 0, len(w.workers))
	for id, p := range w.workers {
		if !p.exited {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// delay is how long something takes.
func (w *world) delay() time.Duration {
	if w.steady {
		return time.Duration(1+w.source.below(5)) * time.Millisecond
	}
	return pick(w.source, time.Millisecond, 0, 30*time.Millisecond, time.Second, time.Nanosecond)
}

var errWorld = errors.New("told to fail")

func (w *world) spawn(id uint64, version string) {
	p := &process{id: id, version: version, slots: w.config.Slots, hard: w.config.HardWorkerRequests, states: map[string]state{}, deaf: w.source.oneIn(4), keeps: w.source.oneIn(4)}
	if w.workers[id] != nil {
		w.fail("worker %d is spawned twice", id)
	}
	w.workers[id] = p
	how := w.source.below(8)
	if w.calm {
		how = 0
	}
	if w.faults[version] == crashesAtStart {
		how = 6
	}
	switch how {
	case 7:
		w.in(w.delay(), func() {
			if !p.exited {
				w.core.StartFailed(w.now, id, errWorld, w.source.oneIn(5))
				w.exit(p, w.delay(), "exit status 1")
			}
		})
	case 6:
		w.exit(p, w.delay(), "exit status 3")
	case 5: // it never says anything
	default:
		w.in(w.delay(), func() {
			if !p.exited && !p.dying {
				p.ready = true
				w.core.Started(w.now, id)
				if w.faults[version] == diesInBake {
					w.exit(p, 4*time.Second, "exit status 3")
				}
			}
		})
	}
}

// exit lets the process end, with the requests that are in progress on it.
func (w *world) exit(p *process, d time.Duration, how string) {
	if p.dying {
		return
	}
	p.dying, p.leaves = true, true
	w.in(d, func() {
		p.exited = true
		w.core.Exited(w.now, p.id, fmt.Errorf("%s", how))
		for _, c := range slices.Clone(w.active) {
			if c.lease.Worker == p.id {
				w.in(w.delay(), func() { w.lose(c) })
			}
		}
	})
}

func (w *world) probe(p *process) {
	w.in(w.delay(), func() {
		var err error
		if !w.calm && w.source.oneIn(4) {
			err = errWorld
		}
		w.core.Probed(w.now, p.id, err)
	})
}

// export hands over the states of the sessions, one after the other.
func (w *world) export(p *process) {
	ref, ok := w.core.NextExport(w.now, p.id)
	if !ok {
		w.core.ExportDone(w.now, p.id)
		return
	}
	if s, there := p.states[ref.Name]; !there || s.generation != ref.Generation {
		w.fail("worker %d is to export session %q of generation %d and has %+v", p.id, ref.Name, ref.Generation, s)
	}
	w.in(w.delay(), func() {
		if p.exited {
			return
		}
		var snapshot *core.Snapshot
		if !w.source.oneIn(6) || w.calm {
			snapshot = pack(p.states[ref.Name])
		} else {
			w.account(ref.Name).forgiven = true // the worker could not write it down
		}
		w.core.Exported(w.now, p.id, ref, snapshot)
		w.export(p)
	})
}

// pack writes a state down: as many bytes as requests have made it.
func pack(s state) *core.Snapshot { return &core.Snapshot{Data: make([]byte, s.count)} }
