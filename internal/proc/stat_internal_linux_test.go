package proc

import (
	"os"
	"strings"
	"testing"
)

// statLine is a line of /proc/PID/stat with its numbers.
func statLine(name, state string, numbers map[int]string) string {
	fields := strings.Fields(strings.Repeat("0 ", 49))
	for i, n := range numbers {
		fields[i-1] = n
	}
	return "12 (" + name + ") " + state + " " + strings.Join(fields, " ") + "\n"
}

func TestParseStat_WhatTheKernelTells(t *testing.T) {
	numbers := map[int]string{1: "7", 2: "12", 3: "5", 6: "4194308", 19: "900", 21: "33", 49: "9"}
	want := stat{pid: 12, parent: 7, group: 12, session: 5, dead: true, exiting: true, started: 900, resident: 33, exitCode: 9}
	for _, name := range []string{"sh", "a b", ") Z 1 (", "Z"} {
		if got, ok := parseStat(statLine(name, "Z", numbers)); !ok || got != want {
			t.Errorf("parseStat of %q = %+v, %v; want %+v", name, got, ok, want)
		}
	}
	for state, dead := range map[string]bool{"R": false, "S": false, "D": false, "T": false, "t": false, "Z": true, "X": true} {
		if got, _ := parseStat(statLine("sh", state, nil)); got.dead != dead || got.exiting {
			t.Errorf("parseStat of state %s = %+v; want dead %v", state, got, dead)
		}
	}
	for _, line := range []string{"", "12 (sh)", "12 (sh) R 1 2 3"} {
		if got, ok := parseStat(line); ok || got != (stat{}) {
			t.Errorf("parseStat(%q) = %+v, %v; want nothing", line, got, ok)
		}
	}
}

func TestSharedOf_TheThirdNumber(t *testing.T) {
	for line, want := range map[string]int64{"100 50 20 1 0 9 0\n": 20, "": 0, "1 2": 0, "a b c": 0} {
		if got := sharedOf(line); got != want {
			t.Errorf("sharedOf(%q) = %d; want %d", line, got, want)
		}
	}
}

func TestIsEarlierWorker_NoOtherChildIsTouched(t *testing.T) {
	const self, session, started = 7, 5, 1000
	worker := stat{pid: 12, group: 12, parent: self, session: session, started: started - 1, dead: true, exitCode: 9}
	for name, tt := range map[string]struct {
		change func(*stat)
		want   bool
	}{
		"a worker":                {func(*stat) {}, true},
		"one that is just ending": {func(s *stat) { s.dead, s.exiting, s.exitCode = false, true, 0 }, true},
		"one that lives":          {func(s *stat) { s.dead, s.exitCode = false, 0 }, false},
		"one that ended itself":   {func(s *stat) { s.exitCode = 0 }, false},
		"one that was terminated": {func(s *stat) { s.exitCode = 15 }, false},
		"of this program":         {func(s *stat) { s.started = started + 1 }, false},
		"of the same tick":        {func(s *stat) { s.started = started }, true},
		"of that tick, but later": {func(s *stat) { s.started, s.pid, s.group = started, 22, 22 }, false},
		"of another process":      {func(s *stat) { s.parent = 8 }, false},
		"in a group of another":   {func(s *stat) { s.group = 13 }, false},
		"with its own session":    {func(s *stat) { s.session = 12 }, false},
	} {
		s := worker
		tt.change(&s)
		if got := s.isEarlierWorker(self, session, moment{started, 20}); got != tt.want {
			t.Errorf("%s: %v; want %v", name, got, tt.want)
		}
	}
}

func TestImageStart_IsAfterThatOfTheProcess(t *testing.T) {
	began, process := imageStart(), ownerOf("self")
	if began == (moment{}) || began.before(moment{process.started, process.pid}) {
		t.Errorf("imageStart() = %v; want it after the start of the process, %v", began, process)
	}
}

func TestMemoryTable_OneLookServesAllThatAsk(t *testing.T) {
	var m memoryTable
	group := os.Getpid() // of a process that leads none there is no group
	if _, err := m.group(1 << 30); err != os.ErrProcessDone {
		t.Errorf("a group that is not there: %v; want os.ErrProcessDone", err)
	}
	_, _ = m.group(group)
	at := m.at
	m.groups = map[int]int64{5: 50}
	if bytes, err := m.group(5); err != nil || bytes != 50 || m.at != at {
		t.Errorf("group(5) = %d, %v; want the last look", bytes, err)
	}
	m.at = at.Add(-memoryAge)
	if bytes, err := m.group(5); err == nil && bytes == 50 {
		t.Error("a look that is too old was used")
	}
}
