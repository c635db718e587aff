package proc_test

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestExitSaysHowTheProcessEnded(t *testing.T) {
	for _, tt := range []struct {
		script string
		want   proc.Exit
		text   string
	}{
		{"exit 0", proc.Exit{}, "exit status 0"},
		{"exit 3", proc.Exit{Code: 3}, "exit status 3"},
		{"kill -KILL $$", proc.Exit{Code: -1, Signal: syscall.SIGKILL}, "killed by SIGKILL"},
		{"kill -TERM $$", proc.Exit{Code: -1, Signal: syscall.SIGTERM}, "killed by SIGTERM"},
	} {
		t.Run(tt.script, func(t *testing.T) {
			got := awaitExit(t, start(t, shell(tt.script)))
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(proc.Exit{}, "User", "System", "MaxRSS")); diff != "" {
				t.Errorf("exit (-want +got):\n%s", diff)
			}
			if got.String() != tt.text || got.OK() != (tt.want.Code == 0) {
				t.Errorf("String() = %q, OK() = %t; want %q, %t", got, got.OK(), tt.text, tt.want.Code == 0)
			}
			if got.MaxRSS < 64<<10 {
				t.Errorf("MaxRSS = %d bytes, too small for any process", got.MaxRSS)
			}
		})
	}
}

func TestAnExitReadsAsAShellWouldSayIt(t *testing.T) {
	for want, exit := range map[string]proc.Exit{
		"exit status 0":                   {},
		"killed by SIGSEGV (core dumped)": {Code: -1, Signal: syscall.SIGSEGV, Core: true},
		"killed by signal 64":             {Code: -1, Signal: 64},
		"exit status unknown":             {Code: -1, Lost: true},
	} {
		if got := exit.String(); got != want {
			t.Errorf("%+v reads %q; want %q", exit, got, want)
		}
	}
}
