package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestSlowHook_IsLoggedAsWarning(t *testing.T) {
	tests := []struct {
		name  string
		limit time.Duration
		takes time.Duration
		warns bool
	}{
		{"the default, in time", 0, 10 * time.Millisecond, false},
		{"the default, too late", 0, 11 * time.Millisecond, true},
		{"a limit, in time", time.Second, time.Second, false},
		{"a limit, too late", time.Second, 2 * time.Second, true},
		{"no limit", -1, time.Hour, false},
	}
	ways := map[string]func(s *liveTurnstile, ctx context.Context, f func(*turnstile)) error{
		"typed": (*liveTurnstile).Do,
		"boxed": (*liveTurnstile).DoBoxed,
		"cast": func(s *liveTurnstile, _ context.Context, f func(*turnstile)) error {
			return s.server.Cast(do{f})
		},
	}
	for _, tt := range tests {
		for way, do := range ways {
			t.Run(tt.name+", "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var out bytes.Buffer
					logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))
					s := start(fsm.Config{Name: "north gate", SlowHook: tt.limit, Logger: logger})
					if err := do(s, t.Context(), func(*turnstile) { time.Sleep(tt.takes) }); err != nil {
						t.Fatal(err)
					}
					stop(t, s)
					want := `machine="north gate" event=do took=` + tt.takes.String()
					if warned := strings.Contains(out.String(), want); warned != tt.warns || strings.Count(out.String(), "\n") > 1 {
						t.Errorf("the log says %q; want a warning: %v", &out, tt.warns)
					}
				})
			})
		}
	}
}

func TestSlowHook_LoggerWithoutWarnings(t *testing.T) {
	quiet := slog.New(slog.NewTextHandler(new(bytes.Buffer), &slog.HandlerOptions{Level: slog.LevelError}))
	for name, c := range map[string]fsm.Config{
		"no logger": {}, "errors only": {Logger: quiet}, "no limit": {Logger: slog.Default(), SlowHook: -1},
	} {
		s := start(c)
		if !s.server.Enter() {
			t.Errorf("%s: the direct way is closed, as for a machine that is timed", name)
			continue
		}
		s.server.Release(nil)
		stop(t, s)
	}
}
