package core

import (
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/rolloutfsm"
)

const (
	watching = rolloutfsm.StateWatching
	ramping  = rolloutfsm.StateRamping
	back     = rolloutfsm.StateRollingBack
)

// pair returns a world with one worker of each of two versions, with two slots each, in that phase of an upgrade.
func pair(t *testing.T, phase rolloutfsm.State) (w *world, older, newer *worker) {
	t.Helper()
	w = newWorld(t, func(c *Config) { c.Version, c.Min, c.Max, c.Slots = "v1", 1, 1, 2 })
	w.upgrade(nil)
	w.Core.upgrade.state = phase
	return w, w.workers[0], w.workers[1]
}

// occupyWith gives the worker so many requests.
func (w *world) occupyWith(one *worker, requests int) {
	for range requests {
		w.grant(one, nil, &Request{}, w.now)
	}
	w.list(one)
}

// name says which of the two workers one is.
func name(one, older, newer *worker) string {
	switch one {
	case nil:
		return "none"
	case older:
		return "old"
	case newer:
		return "new"
	}
	return "another one"
}

func TestLeastBusy_OfTwoVersions(t *testing.T) {
	for _, tt := range []struct {
		what         string
		phase        rolloutfsm.State
		older, newer int // requests that the workers have
		lastUsed     string
		want         string
	}{
		{"the old one was used last", ramping, 0, 0, "old", "old"},
		{"the new one was used last", ramping, 0, 0, "new", "new"},
		{"the old one is busier", ramping, 1, 0, "old", "new"},
		{"the new one is busier", ramping, 0, 1, "new", "old"},
		{"the old one is full", ramping, 2, 1, "old", "new"},
		{"the new one is full", ramping, 1, 2, "new", "old"},
		{"both are full", ramping, 2, 2, "new", "none"},
		{"rolling back, and the old one is busier", back, 1, 0, "new", "old"},
		{"rolling back, and the old one is full", back, 2, 1, "old", "new"},
	} {
		w, older, newer := pair(t, tt.phase)
		if newer.used = time.Second; tt.lastUsed == "old" {
			older.used = 2 * time.Second
		}
		w.occupyWith(older, tt.older)
		w.occupyWith(newer, tt.newer)
		if got := name(w.leastBusy(nil), older, newer); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.what, got, tt.want)
		}
	}
}

func TestRoomy_OfTwoVersions(t *testing.T) {
	for _, tt := range []struct {
		what         string
		phase        rolloutfsm.State
		older, newer int // requests that the workers have
		carrying     bool
		want         string
	}{
		{"beside a canary", watching, 0, 0, false, "old"},
		{"later", ramping, 0, 0, false, "new"},
		{"later, and the new one is full", ramping, 0, 2, false, "old"},
		{"later, the new one is full, and the old one carries its sessions away", ramping, 0, 2, true, "none"},
		{"rolling back", back, 0, 0, false, "old"},
		{"rolling back, and the old one is full", back, 2, 0, false, "new"},
	} {
		w, older, newer := pair(t, tt.phase)
		w.occupyWith(older, tt.older)
		w.occupyWith(newer, tt.newer)
		older.carrying = tt.carrying
		if got := name(w.fewestSessions(nil), older, newer); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.what, got, tt.want)
		}
	}
}

func TestLongestIdle_OfTwoVersions(t *testing.T) {
	for _, tt := range []struct {
		what         string
		phase        rolloutfsm.State
		older, newer Time // when the workers were used last
		busy         bool // the old one
		want         string
	}{
		{"the canary does not count", watching, 2, 1, false, "old"},
		{"later the new one has been idle for longer", ramping, 2, 1, false, "new"},
		{"later the old one has been idle for longer", ramping, 1, 2, false, "old"},
		{"later the old one is busy", ramping, 1, 2, true, "new"},
		{"the old one is busy beside a canary", watching, 1, 2, true, "none"},
	} {
		w, older, newer := pair(t, tt.phase)
		older.used, newer.used = tt.older, tt.newer
		if tt.busy {
			w.occupyWith(older, 2)
		}
		if got := name(w.longestIdle(), older, newer); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.what, got, tt.want)
		}
	}
}
