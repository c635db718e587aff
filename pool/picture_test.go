package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// get returns what the pool says of itself at a path.
func get(t *testing.T, p *Pool, path string) (*http.Response, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	p.HTTPHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %v: %s", path, err, w.Body)
	}
	return w.Result(), body
}

// TestWorkers_ShowEachNumber has a worker of which every number is another one.
func TestWorkers_ShowEachNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{memory: 77}
		p := startScripted(t, s, Config{Slots: 2, Health: Health{MaxHealthFailures: 9}, Recycle: Recycle{ErrorThreshold: -1}})
		defer closePool(t, p)
		for _, session := range []string{"a", "b", "c"} {
			counts(t, p, session)
		}
		failed := checkout(t, p)
		if err := failed.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // a probe brings it back: its failures in a row are over
		workersOf(p)[0].current().(*scriptedWorker).print("line")
		l := checkout(t, p)
		got := p.Workers()[0]
		if got.ID != 1 || got.Failures != 0 || got.Errors != 1 || got.Leases != 1 || got.Uses != 5 || got.Sessions != 3 || got.RSS != 77 || got.Health != "healthy" {
			t.Errorf("the worker is %+v", got)
		}
		if got.Transitions == 0 || len(got.History) == 0 || !slices.Equal(got.Output, []string{"line"}) {
			t.Errorf("%d steps, the history has %d, the output is %q; want all of them", got.Transitions, len(got.History), got.Output)
		}
		response, body := get(t, p, "/workers.json?output=1")
		want := map[string]any{
			"id": 1.0, "version": "fake", "state": got.State.String(), "health": "healthy", "failures": 0.0, "errors": 1.0, "leases": 1.0, "uses": 5.0,
			"sessions": 3.0, "rss": 77.0, "output": []any{"line"}, "born": got.Born.Format(time.RFC3339Nano),
		}
		if shown := body["workers"].([]any)[0].(map[string]any); fmt.Sprint(shown) != fmt.Sprint(want) {
			t.Errorf("/workers.json shows %v; want %v", shown, want)
		}
		if got := response.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("the content type is %q; want JSON", got)
		}
		if _, body := get(t, p, "/workers.json"); strings.Contains(fmt.Sprint(body), "line") {
			t.Errorf("/workers.json shows %v; want no output", body)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestHandler_PoolThatIsClosed has no workers and is not well, whatever it has overcome before.
func TestHandler_PoolThatIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 2}})
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		f.setStart(func(context.Context, uint64) error { return errors.New("no module") })
		workersOf(p)[0].kill()
		time.Sleep(time.Second)
		for path, code := range map[string]int{"/healthz?reason=1": 200, "/readyz": 503, "/readyz?reason=1": 503} {
			response, body := get(t, p, path)
			reason, shown := body["reason"]
			if response.StatusCode != code || shown != (path == "/readyz?reason=1") || shown && !strings.Contains(reason.(string), "no module") {
				t.Errorf("%s = %d, %v; want %d, and a reason where a pool that is not well is asked for it", path, response.StatusCode, body, code)
			}
		}
		f.setStart(nil)
		time.Sleep(time.Minute)
		closePool(t, p)
		for _, path := range []string{"/healthz?reason=1", "/readyz?reason=1"} {
			if response, body := get(t, p, path); response.StatusCode != 503 || body["reason"] != nil {
				t.Errorf("%s = %d, %v; want 503 without a failure of the past", path, response.StatusCode, body)
			}
		}
		if _, body := get(t, p, "/workers.json"); body["workers"] == nil || len(body["workers"].([]any)) != 0 {
			t.Errorf("/workers.json = %v; want an empty list", body)
		}
	})
}

// TestHandler_CoreThatHasPanicked is neither healthy nor ready, although its workers were.
func TestHandler_CoreThatHasPanicked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		p.step(func(core.Time) { panic("told to") })
		for _, path := range []string{"/healthz", "/readyz"} {
			if response, body := get(t, p, path); response.StatusCode != 503 {
				t.Errorf("%s = %d, %v; want 503", path, response.StatusCode, body)
			}
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestStats_ShowEachNumber has a pool of which the numbers differ.
func TestStats_ShowEachNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: true, MaxSnapshot: 12, MaxSnapshots: 23, SessionTimeout: time.Hour}})
		defer closePool(t, p)
		for range 4 { // of 11 bytes each: only two states are kept
			for _, session := range []string{"a", "b", "c"} {
				counts(t, p, session)
			}
		}
		for range 6 {
			counts(t, p, "a") // the tenth has 12 bytes
		}
		for n := range 2 {
			counts(t, p, fmt.Sprint("new ", n))
		}
		s := p.Stats()
		if got := s.Sessions; got.Sessions != 5 || got.Misses != 5 || got.Hits != 15 || got.Snapshots < 1 || got.SnapshotBytes < 11*got.Snapshots ||
			got.Evicted == 0 || got.SnapshotsDropped != 0 || got.Lost != 0 || got.Expired != 0 {
			t.Errorf("%+v; want 5 sessions with 20 requests, and states that had to make room", got)
		}
		if s.Requests != 20 || s.Leases != 20 || s.Started != 2 || s.Removed != 0 || s.Wanted != 2 || s.Phase != "running" || s.Breaker != "closed" || s.Transitions == 0 {
			t.Errorf("%+v; want 20 requests on two workers", s)
		}
		workersOf(p)[0].kill()
		time.Sleep(time.Second)
		if s := p.Stats(); s.Wanted != 2 || s.Started != 3 || s.Removed != 1 || s.Left["exited"] != 1 || len(s.Left) != 1 {
			t.Errorf("%+v; want one worker removed because it exited, and another one", s)
		}
	})
}

// Rows: H5, S6.
func TestHandler_StatusOfThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Name: "web", Size: Size{Min: 2}})
		get := func(path string) (int, map[string]any) {
			t.Helper()
			w := httptest.NewRecorder()
			p.HTTPHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			var body map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatalf("%s: %v: %s", path, err, w.Body)
			}
			return w.Code, body
		}
		if code, body := get("/readyz"); code != 200 || body["phase"] != "running" {
			t.Errorf("/readyz = %d, %v; want 200", code, body)
		}
		if code, body := get("/workers.json"); code != 200 || len(body["workers"].([]any)) != 2 {
			t.Errorf("/workers.json = %d, %v; want two workers", code, body)
		}
		workersOf(p)[0].kill()
		synctest.Wait()
		if code, body := get("/healthz"); code != 200 {
			t.Errorf("/healthz = %d, %v; want 200", code, body)
		}
		closePool(t, p)
		time.Sleep(time.Second)
		for _, path := range []string{"/healthz", "/readyz"} {
			if code, body := get(path); code != 503 || body["phase"] != "stopped" {
				t.Errorf("%s = %d, %v; want 503", path, code, body)
			}
		}
	})
}
