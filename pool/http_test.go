package pool

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

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
