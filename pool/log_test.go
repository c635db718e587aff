package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

func TestLastWords_SayWhatAndWhere(t *testing.T) {
	for _, tt := range []struct {
		name   string
		output []string
		want   string
	}{
		{"nothing", nil, ""},
		{"blank lines", []string{"", "  "}, ""},
		{"plain", []string{"loading", "no licence", ""}, ": no licence"},
		{"traceback", []string{
			"Traceback (most recent call last):",
			`  File "/srv/worker.py", line 3, in <module>`,
			"    import model",
			`  File "/srv/model.py", line 40, in <module>`,
			"    raise RuntimeError('no weights')",
			"RuntimeError: no weights",
		}, ": RuntimeError: no weights (/srv/model.py:40)"},
		{"syntax error", []string{
			`  File "/srv/worker.py", line 1`,
			"    def (:",
			"        ^",
			"SyntaxError: invalid syntax",
		}, ": SyntaxError: invalid syntax (/srv/worker.py:1)"},
	} {
		if got := lastWords(tt.output); got != tt.want {
			t.Errorf("%s: lastWords = %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestHandlerError_SaysWhatThereIs(t *testing.T) {
	for _, tt := range []struct{ exception, message, want string }{
		{"ValueError", "no", `pool: worker 1: command "c": ValueError: no`},
		{"MemoryError", "", `pool: worker 1: command "c": MemoryError`},
		{"", "no", `pool: worker 1: command "c": no`},
		{"", "", `pool: worker 1: command "c": the handler failed, and says no more`},
	} {
		err := &HandlerError{Worker: 1, Command: "c", Type: tt.exception, Message: tt.message}
		if err.Error() != tt.want {
			t.Errorf("the error is %q; want %q", err, tt.want)
		}
	}
}

// TestLastLines_AreBounded keeps one record of the log from being as large as a worker wants it to be.
func TestLastLines_AreBounded(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	cut := long[:maxLine] + "..."
	for _, tt := range []struct {
		name  string
		lines []string
		limit int
		want  []string
	}{
		{"none", nil, 10, nil},
		{"all fit", []string{"12345", "67890"}, 10, []string{"12345", "67890"}},
		{"one byte too many", []string{"12345", "678901"}, 10, []string{"(1 earlier lines)", "678901"}},
		{"the last one alone is too long", []string{"a", "b", "123456"}, 5, []string{"(2 earlier lines)", "123456"}},
		{"a long line", []string{long}, 10_000, []string{cut}},
		{"not printable", []string{"a\nb\x1b"}, 10, []string{`a\nb\x1b`}},
	} {
		if got := lastLines(tt.lines, tt.limit); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
	noisy := make([]string, 1000)
	for n := range noisy {
		noisy[n] = fmt.Sprint(n, strings.Repeat("\x00", 1000))
	}
	if got := len(strings.Join(lastLines(noisy, maxLogged), " ")); got > 2*maxLogged {
		t.Errorf("the lines have %d bytes; want at most %d", got, 2*maxLogged)
	}
}

// panicking is a log whose handler panics with each record.
type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool      { return true }
func (h panicking) WithGroup(string) slog.Handler               { return h }
func (h panicking) WithAttrs([]slog.Attr) slog.Handler          { return h }
func (panicking) Handle(_ context.Context, r slog.Record) error { panic("no disk: " + r.Message) }

func TestLogger_HandlerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(context.Context, uint64) error { return errors.New("no") }}
		_, err := Start(t.Context(), Config{Source: f, Logger: slog.New(panicking{slog.DiscardHandler})})
		if start, ok := errors.AsType[*StartError](err); !ok || start.Err.Error() != "no" {
			t.Errorf("Start = %v; want why the worker did not start", err)
		}
	})
}
