package decl_test

import (
	"go/token"
	"testing"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
)

func TestGoName_Initialisms(t *testing.T) {
	for _, tt := range []struct{ snake, exported, local string }{
		{"ready", "Ready", "ready"},
		{"checkin_err", "CheckinErr", "checkinErr"},
		{"id", "ID", "id"},
		{"worker_id", "WorkerID", "workerID"},
		{"url_of_pid", "URLOfPID", "urlOfPID"},
		{"max_rss", "MaxRSS", "maxRSS"},
		{"http2_get", "Http2Get", "http2Get"},
		{"utf8_text", "UTF8Text", "utf8Text"},
		{"a_1", "A1", "a1"},
		{"", "", ""},
	} {
		if got := decl.GoName(tt.snake); got != tt.exported {
			t.Errorf("GoName(%q) = %q; want %q", tt.snake, got, tt.exported)
		}
		if got := decl.GoLocal(tt.snake); got != tt.local {
			t.Errorf("GoLocal(%q) = %q; want %q", tt.snake, got, tt.local)
		}
	}
}

func TestGoName_IsExportedIdentifier(t *testing.T) {
	snake := rapid.StringMatching(`[a-z][a-z0-9]{0,5}(_[a-z0-9]{1,5}){0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		name := snake.Draw(t, "name")
		if got := decl.GoName(name); !token.IsIdentifier(got) || !token.IsExported(got) {
			t.Fatalf("GoName(%q) = %q; want an exported identifier", name, got)
		}
	})
}
