package pool

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// TestCarry_StateThatCannotBeExported is lost with its worker. That says nothing of the new version.
func TestCarry_StateThatCannotBeExported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := func(context.Context, wire.Session) (wire.Snapshot, error) {
			return wire.Snapshot{}, &wire.RemoteError{Kind: wire.KindHandlerError, Message: "no state"}
		}
		old := &scripted{fake: fake{label: "v1", handler: counting}, exports: broken}
		p := startScripted(t, old, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		const sessions = 10
		for n := range sessions {
			if _, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint(n))); err != nil {
				t.Fatal(err)
			}
		}
		report, err := p.Upgrade(t.Context(), &fake{label: "v2", handler: counting}, quick)
		if err != nil || report.New.Failures != 0 || report.Sessions.Refused != 0 || report.Sessions.Lost != sessions {
			t.Errorf("Upgrade = %+v, %v; want that it is done, and %d states lost", report, err, sessions)
		}
	})
}

// TestCarry_WhatTheReceiverIsGiven is the state as its worker has exported it, and which version that was.
func TestCarry_WhatTheReceiverIsGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var exported, imported wire.Session
		var given wire.Snapshot
		old := &scripted{fake: fake{label: "v1", handler: counting}, exports: func(_ context.Context, id wire.Session) (wire.Snapshot, error) {
			exported = id
			return wire.Snapshot{ContentType: "text/plain", Payload: []byte("state")}, nil
		}}
		next := &scripted{fake: fake{label: "v2", handler: counting}, imports: func(id wire.Session, state wire.Snapshot) error {
			imported, given = id, state
			return nil
		}}
		p := startScripted(t, old, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		if _, err := p.Execute(t.Context(), "count", nil, Session("a")); err != nil {
			t.Fatal(err)
		}
		if report, err := p.Upgrade(t.Context(), next, quick); err != nil || report.Sessions.Carried != 1 {
			t.Fatalf("Upgrade = %+v, %v; want that the state was carried", report, err)
		}
		if given.ContentType != "text/plain" || string(given.Payload) != "state" || given.Version != "v1" {
			t.Errorf("the receiver was given %+v; want the state that was exported, of v1", given)
		}
		if imported.ID != "a" || exported.ID != "a" || imported.Generation <= exported.Generation {
			t.Errorf("session %+v was imported as %+v; want a later generation", exported, imported)
		}
		for _, w := range workersOf(p) {
			w.mu.Lock()
			calls := w.calls
			w.mu.Unlock()
			if calls != 0 {
				t.Errorf("worker %d has %d calls; want none after the upgrade", w.id, calls)
			}
		}
	})
}

// TestCarry_RefusalSaysWhy in the error of the rollback that it causes.
func TestCarry_RefusalSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1", handler: counting}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		for n := range 10 {
			if _, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint(n))); err != nil {
				t.Fatal(err)
			}
		}
		_, err := p.Upgrade(t.Context(), &fake{label: "v2", handler: counting, refuses: errEnough}, quick)
		refusal, ok := errors.AsType[*wire.RemoteError](err)
		if !is[*GateError](err) || !ok || refusal.Message != errEnough.Error() {
			t.Errorf("Upgrade = %v; want a rollback because of the error rate, with why a state was refused", err)
		}
	})
}

// TestCarry_ReceiverThatHangs with a state is of no more use: it is killed.
func TestCarry_ReceiverThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		observed := &log{}
		p := startFake(t, &fake{label: "v1", handler: counting}, Config{Size: Size{Min: 2}, Observer: observed})
		defer closePool(t, p)
		if _, err := p.Execute(t.Context(), "count", nil, Session("a")); err != nil {
			t.Fatal(err)
		}
		report, err := p.Upgrade(t.Context(), &fake{label: "v2", handler: counting, deaf: true}, quick)
		if err != nil || report.Sessions.Refused != 1 {
			t.Errorf("Upgrade = %+v, %v; want that it is done, and one refused state", report, err)
		}
		stuck := 0
		for _, ev := range eventsOf[EventWorkerGone](observed) {
			if ev.Reason == Reason(recovery.TimeoutStuck) {
				stuck++
			}
		}
		if stuck != 1 {
			t.Errorf("%d workers are gone because they hung; want the receiver", stuck)
		}
	})
}
