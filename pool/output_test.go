package pool

import "testing"

func TestLastLines_SayWhatAndWhere(t *testing.T) {
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
