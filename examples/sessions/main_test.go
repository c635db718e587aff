package main

import (
	"os/exec"
	"strings"
	"testing"
)

var small = []string{"-workers", "2", "-sessions", "20", "-requests", "10", "-clients", "4", "-kills", "1"}

func TestRun_NothingIsLostWithPython(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not on the PATH")
	}
	succeed(t, "starting 2 Python workers")
}

func TestRun_NothingIsLostWithoutPython(t *testing.T) {
	t.Setenv("PATH", "")
	succeed(t, "python3 is not on the PATH: starting 2 embedded Go workers instead\n")
}

func succeed(t *testing.T, first string) {
	t.Helper()
	var stdout, stderr strings.Builder
	if status := run(small, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Errorf("exit status %d\n%s%s", status, &stdout, &stderr)
	}
	if !strings.HasPrefix(stdout.String(), first) {
		t.Errorf("the output begins with %.80q; want %q", &stdout, first)
	}
	if !strings.Contains(stdout.String(), "nothing was lost silently, and no process is left") {
		t.Errorf("the output is\n%s", &stdout)
	}
}

func TestRun_PlanWithoutWork(t *testing.T) {
	for _, args := range [][]string{{"-sessions", "0"}, {"-workers", "-1"}, {"-kills", "-1"}, {"-nonsense"}} {
		var stdout, stderr strings.Builder
		if status := run(args, &stdout, &stderr); status != 2 || stderr.Len() == 0 || stdout.Len() > 0 {
			t.Errorf("run(%q) = %d, %q; want 2 and why", args, status, &stderr)
		}
	}
}
