package pool

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// keepsForm is a worker whose state holds a form of its own, and the versions that have written the state before it was
// imported. It imports what other versions have written, and only that.
const keepsForm = `
from fsmpool import worker

@worker.command
def count(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return {"count": ctx.session["n"], "version": worker.version, "imports": ctx.session.get("imports", [])}

@worker.export_session
def export(session):
    return {"form": worker.version, **session}

@worker.import_session
def restore(snapshot, version):
    if snapshot.pop("form") != version:
        raise ValueError(f"the version that wrote it is said to be {version}")
    snapshot.setdefault("imports", []).append(version)
    return snapshot

worker.run()
`

func TestUpgrade_PythonImportsLearnTheVersion(t *testing.T) {
	dir := t.TempDir()
	source := func(version string) Source {
		path := filepath.Join(dir, version+".py")
		if err := os.WriteFile(path, []byte(keepsForm), 0o600); err != nil {
			t.Fatal(err)
		}
		return Python(path)
	}
	for _, checkpoint := range []bool{false, true} {
		t.Run(fmt.Sprintf("checkpoint %v", checkpoint), func(t *testing.T) {
			p := startPython(t, Config{Source: source("1"), Version: "1", Sessions: Sessions{Checkpoint: checkpoint}, Size: Size{Min: 2}})
			counts := 0
			expect := func(version string, imports ...string) {
				t.Helper()
				counts++
				for _, session := range []string{"a", "b", "c"} {
					r, err := p.Execute(t.Context(), "count", nil, Session(session))
					if err != nil || r.Rebound {
						t.Fatalf("count = %+v, %v; want the state carried", r, err)
					}
					var got struct {
						Count   int
						Version string
						Imports []string
					}
					if err := json.Unmarshal(r.Payload, &got); err != nil {
						t.Fatal(err)
					}
					if got.Count != counts || got.Version != version || r.Version != version || !slices.Equal(got.Imports, imports) {
						t.Errorf("%s of the worker of %s; want count %d of %s behind %q", r.Payload, r.Version, counts, version, imports)
					}
				}
			}
			expect("1")
			for i, to := range []string{"2", "1"} {
				report, err := p.Upgrade(t.Context(), source(to), Rollout{Label: to, Bake: 10 * time.Millisecond, MinRequests: -1})
				if err != nil || report.Sessions.Lost+report.Sessions.Refused > 0 {
					t.Fatalf("Upgrade to %s = %+v, %v", to, report, err)
				}
				expect(to, []string{"1", "2"}[:i+1]...)
			}
		})
	}
}

// hookless keeps its sessions as they are, and withHooks in a form of its own.
const (
	hookless = `
from fsmpool import worker

@worker.command
def say(args, ctx):
    turns = ctx.session.setdefault("turns", [])
    turns.append(args)
    return len(turns)

worker.run()
`
	withHooks = `
from fsmpool import worker

@worker.command
def say(args, ctx):
    turns = ctx.session.setdefault("turns", [])
    turns.append(args)
    return len(turns)

@worker.export_session
def save(session):
    return {"lines": "\n".join(session.get("turns", []))}

@worker.import_session
def restore(snapshot):
    return {"turns": snapshot["lines"].split("\n")} if "lines" in snapshot else snapshot

worker.run()
`
)

// remembers keeps what it is told, and its import hook refuses a state of another version that has "bad" in it.
const remembers = `
from fsmpool import worker

@worker.command
def say(args, ctx):
    turns = ctx.session.setdefault("turns", [])
    turns.append(args)
    return turns

@worker.export_session
def save(session):
    return session

@worker.import_session
def restore(snapshot, version):
    if version != worker.version and "bad" in snapshot["turns"]:
        raise ValueError("a bad state")
    return snapshot

worker.run()
`

// TestUpgrade_PythonRefusesStatesOfThePool: every worker was recycled, so that only the pool has the states. The new version
// refuses 4 of 12.
func TestUpgrade_PythonRefusesStatesOfThePool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker.py")
	if err := os.WriteFile(path, []byte(remembers), 0o600); err != nil {
		t.Fatal(err)
	}
	bad, good := []string{"b0", "b1", "b2", "b3"}, []string{"g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7"}
	for _, tt := range []struct {
		name    string
		rate    float64
		outcome string
		lost    []string
	}{{"few are allowed", 0.01, "rolled_back", nil}, {"all are allowed", 1, "done", bad}} {
		t.Run(tt.name, func(t *testing.T) {
			p := startPython(t, Config{Source: Python(path), Version: "old", Size: Size{Min: 2}, Sessions: Sessions{Affinity: AffinityStrict}})
			say := func(session, what, want string) error {
				r, err := p.Execute(t.Context(), "say", []byte(what), Session(session))
				if err == nil && string(r.Payload) != want {
					t.Errorf("say in %s = %s; want %s", session, r.Payload, want)
				}
				return err
			}
			for _, session := range bad {
				if err := say(session, `"bad"`, `["bad"]`); err != nil {
					t.Fatal(err)
				}
			}
			for _, session := range good {
				if err := say(session, `"good"`, `["good"]`); err != nil {
					t.Fatal(err)
				}
			}
			recycleAll(t, p)
			report, err := p.Upgrade(t.Context(), Python(path), Rollout{Label: "new", Bake: 10 * time.Millisecond, MinRequests: -1, MaxErrorRate: tt.rate})
			refused, _ := errors.AsType[*StateRefusedError](err)
			s := report.Sessions
			slices.Sort(s.RefusedNames)
			slices.Sort(s.LostNames)
			if report.Outcome != tt.outcome || (refused != nil) != (tt.outcome == "rolled_back") || !slices.Equal(s.RefusedNames, bad) || !slices.Equal(s.LostNames, tt.lost) || (s.Unverified != 0 && tt.outcome == "done") {
				t.Errorf("Upgrade = %+v, %v; want it %s, the states in %v refused, and those in %v lost", report, err, tt.outcome, bad, tt.lost)
			}
			for _, session := range good {
				if err := say(session, `"again"`, `["good","again"]`); err != nil {
					t.Error(err)
				}
			}
			for _, session := range bad {
				_, told := errors.AsType[*SessionLostError](say(session, `"again"`, `["bad","again"]`))
				if told != (tt.lost != nil) {
					t.Errorf("session %s: the caller is told of a loss: %v", session, told)
				}
			}
		})
	}
}

// TestUpgrade_PythonWithoutHooks is given states of a form that only the hooks of another version know: no version without
// hooks takes them for its own.
func TestUpgrade_PythonWithoutHooks(t *testing.T) {
	dir := t.TempDir()
	source := func(name, script string) Source {
		path := filepath.Join(dir, name+".py")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		return Python(path)
	}
	rollout := Rollout{Label: "new", Bake: 10 * time.Millisecond, MinRequests: -1}
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	start := func(t *testing.T, script string) (*Pool, func(want string)) {
		p := startPython(t, Config{Source: source("old", script), Version: "old", Size: Size{Min: 2}, Sessions: Sessions{Affinity: AffinityStrict, Checkpoint: true}})
		return p, func(want string) {
			t.Helper()
			for _, session := range names {
				if r, err := p.Execute(t.Context(), "say", []byte(`"hi"`), Session(session)); err != nil || string(r.Payload) != want {
					t.Errorf("say in %s = %+v, %v; want %s", session, r, err, want)
				}
			}
		}
	}
	t.Run("from hooks to none", func(t *testing.T) {
		p, say := start(t, withHooks)
		say("1")
		report, err := p.Upgrade(t.Context(), source("new", hookless), rollout)
		if gate, ok := errors.AsType[*GateError](err); !ok || gate.Gate != "states" || report.Sessions.Lost > 0 {
			t.Errorf("Upgrade = %+v, %v; want it rolled back for the states, and none lost", report, err)
		}
		say("2")
	})
	t.Run("from none to hooks and back", func(t *testing.T) {
		p, say := start(t, hookless)
		say("1")
		if report, err := p.Upgrade(t.Context(), source("new", withHooks), rollout); err != nil || report.Sessions.Lost > 0 {
			t.Fatalf("Upgrade = %+v, %v", report, err)
		}
		say("2")
		back := rollout
		back.Label = "old again"
		if report, err := p.Upgrade(t.Context(), source("old", hookless), back); err == nil || report.Sessions.Lost > 0 {
			t.Errorf("Upgrade = %+v, %v; want it rolled back for the states, and none lost", report, err)
		}
		say("3")
	})
}
