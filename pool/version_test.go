package pool

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAccept_WhatANewVersionHasToOffer(t *testing.T) {
	unknown := offer{}
	of := func(sessions bool, commands ...string) offer {
		return offer{known: true, commands: commands, sessions: sessions}
	}
	for _, tt := range []struct {
		what    string
		old     offer
		got     offer
		removed []string
		refused bool
	}{
		{"the same", of(true, "a", "b"), of(true, "b", "a"), nil, false},
		{"more commands", of(true, "a"), of(true, "a", "b"), nil, false},
		{"a command less", of(true, "a", "b"), of(true, "a"), nil, true},
		{"a command less, on purpose", of(true, "a", "b"), of(true, "a"), []string{"b"}, false},
		{"two commands less, one on purpose", of(true, "a", "b", "c"), of(true, "a"), []string{"b"}, true},
		{"a protocol that does not tell its commands", of(true, "a"), of(true), nil, false},
		{"no sessions any more", of(true, "a"), of(false, "a"), nil, true},
		{"no sessions, as before", of(false, "a"), of(false, "a"), nil, false},
		{"sessions from now on", of(false, "a"), of(true, "a"), nil, false},
		{"no worker of the old version was ever ready", unknown, of(false), nil, false},
	} {
		v := &version{label: "v2", replaces: &version{label: "v1", offer: tt.old}, removed: tt.removed}
		err := (&Pool{}).accept(v, tt.got)
		if is[*IncompatibleError](err) != tt.refused {
			t.Errorf("%s: %v; want that it is refused: %v", tt.what, err, tt.refused)
		}
		if v.offer.sessions != tt.got.sessions || !v.offer.known == tt.got.known {
			t.Errorf("%s: the offer that is noted is %+v; want %+v", tt.what, v.offer, tt.got)
		}
	}
	if err := (&Pool{}).accept(&version{}, unknown); err != nil {
		t.Errorf("a version that replaces none: %v; want that it is accepted", err)
	}
}

// TestRetire_ClosesTheLauncherBehindTheLastWorker, once, and forgets the version, but not another one of its label.
func TestRetire_ClosesTheLauncherBehindTheLastWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{})
		defer closePool(t, p)
		for _, again := range []bool{false, true} {
			f := &fake{}
			v := &version{label: "v2", launcher: f, workers: 2}
			p.versions["v2"] = v
			ends := []func(){
				func() { p.over(newWorker(p, 100, v)) },
				func() { p.retire(v) },
				func() { p.over(newWorker(p, 101, v)) },
			}
			for n, end := range ends {
				if closed := f.closes.Load(); closed != 0 {
					t.Errorf("the launcher was closed after %d of 3 steps; want it open", n)
				}
				end()
			}
			if p.versions["v2"] != nil {
				t.Error("the version is still there")
			}
			if next := (&version{label: "v2", launcher: &fake{}}); again {
				p.versions["v2"] = next
				if p.retire(v); p.versions["v2"] != next {
					t.Error("another version of that label is gone, too")
				}
				p.retire(next)
			}
			if n := f.closes.Load(); n != 1 {
				t.Errorf("the launcher was closed %d times; want once", n)
			}
		}
	})
}

func TestOver_WorkerIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		for range 2 {
			first := workersOf(p)[0]
			first.kill()
			time.Sleep(time.Minute)
			if all := workersOf(p); len(all) != 2 || slices.Contains(all, first) || first.version.workers != 2 {
				t.Errorf("%d workers, and the version counts %d; want 2 without the one that is gone", len(all), first.version.workers)
			}
		}
	})
}

// TestAccept_VersionThatHasStayed has a worker of the pool's version follow that offers less than the version before: they
// are not compared any more.
func TestAccept_VersionThatHasStayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1", commands: []string{"echo", "old"}}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		next := &fake{label: "v2", commands: []string{"echo", "old"}}
		if _, err := p.Upgrade(t.Context(), next, quick); err != nil {
			t.Fatal(err)
		}
		next.commands = []string{"echo"}
		for range 2 {
			workersOf(p)[0].kill()
			time.Sleep(time.Minute)
			if s := p.Stats(); s.Versions["v2"] != 2 || s.Phase != "running" {
				t.Errorf("stats = %+v; want two workers again", s)
			}
		}
	})
}

// lent is a source whose caller goes on changing it: a pool may use only what owned returns.
type lent struct{ fake }

func (l *lent) owned() Source { return &l.fake }

func (l *lent) open(context.Context, *Config) (launcher, error) {
	return nil, errors.New("the source of the caller was opened")
}

func TestUpgrade_SourceBelongsToTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{})
		defer closePool(t, p)
		if _, err := p.Upgrade(t.Context(), &lent{fake{label: "v2"}}, quick); err != nil {
			t.Errorf("Upgrade = %v; want that a copy of the source is used", err)
		}
	})
}
