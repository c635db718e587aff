package proc

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSpawner_ForgetsClosedProcesses(t *testing.T) {
	var s Spawner
	defer s.Close()
	var started []*Process
	for range 2 {
		p, err := s.Start(Spec{Path: "/bin/sh", Args: []string{"-c", "read line <&3"}})
		if err != nil {
			t.Fatal(err)
		}
		started = append(started, p)
	}
	started[0].Close()
	<-started[0].over // of its group nothing is left
	if left := s.left(); !slices.Equal(left, started[1:]) {
		t.Errorf("left = %v; want the one that was not closed", left)
	}
}

func TestMark_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mark{
			service: rapid.String().Draw(t, "service"),
			owner: owner{
				pid:       rapid.IntRange(0, 1<<31-1).Draw(t, "pid"),
				started:   rapid.Uint64().Draw(t, "started"),
				namespace: rapid.Uint64().Draw(t, "namespace"),
			},
			spawner: rapid.Uint32().Draw(t, "spawner"),
		}
		if got, ok := parseMark(m.String()); !ok || got != m {
			t.Fatalf("parseMark(%q) = %+v, %t; want %+v", m, got, ok, m)
		}
		name := m.owner.cgroupName() + "-123456"
		if got, ok := parseCgroupName(name); !ok || got != m.owner {
			t.Fatalf("parseCgroupName(%q) = %+v, %t; want %+v", name, got, ok, m.owner)
		}
	})
}

func FuzzParseMark(f *testing.F) {
	for _, s := range []string{"orders:4711.88123.4026531836.5", "a:b:1.2.3.4", ":", "orders:1.2.3", "o:-1.2.3.4", "o:1.2.3.99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := parseMark(s)
		if !ok {
			return
		}
		if again, ok := parseMark(m.String()); !ok || again != m {
			t.Errorf("parseMark(%q) = %+v, which reads %q and that as %+v", s, m, m, again)
		}
	})
}

func FuzzParseCgroupName(f *testing.F) {
	for _, s := range []string{"fsmpool-1-2-3-4", "fsmpool-", "user.slice", "fsmpool-1-2-3", "fsmpool-9999999999-2-3-4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if o, ok := parseCgroupName(s); ok && (o.pid < 0 || o.pid > 1<<31-1) {
			t.Errorf("parseCgroupName(%q) = %+v; want a number of a process", s, o)
		}
	})
}
