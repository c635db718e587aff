package pool

import (
	"encoding/json"
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
			p := startPython(t, Config{Source: source("1"), Version: "1", Checkpoint: checkpoint, Size: Size{Min: 2}})
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
