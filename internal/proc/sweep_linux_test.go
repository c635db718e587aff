package proc_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// marked is a sleeping process that only its environment ties to a service.
func marked(t *testing.T, run string) (pid int) {
	t.Helper()
	cmd := exec.Command("/bin/sleep", "1000")
	cmd.Env = []string{proc.EnvRun + "=" + run}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// runOf asks a worker of the service for its mark.
func runOf(t *testing.T, s *proc.Spawner) string {
	t.Helper()
	p, err := s.Start(proc.Spec{Path: "/bin/sh", Args: []string{"-c", "echo $" + proc.EnvRun}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	awaitExit(t, p)
	return p.Tail()
}

// deadRun is the mark of a run of service that is over.
func deadRun(t *testing.T, service string) string {
	t.Helper()
	s := proc.Spawner{Service: service}
	defer s.Close()
	run := runOf(t, &s)
	self := fmt.Sprintf(":%d.", os.Getpid())
	dead := strings.Replace(run, self, fmt.Sprintf(":%d.", endedPID(t)), 1)
	if dead == run {
		t.Fatalf("mark %q does not name the test", run)
	}
	return dead
}

func endedPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

func alive(pid int) bool { return unix.Kill(pid, 0) == nil && !strings.Contains(status(pid), ") Z ") }

func TestSweep_DeadRunsOfTheService(t *testing.T) {
	service := t.Name() + ":with a colon"
	dead := deadRun(t, service)
	stray := marked(t, dead)
	s := proc.Spawner{Service: service}
	defer s.Close()
	strays, err := s.Sweep()
	if err != nil {
		t.Fatal(err)
	}
	want := proc.Stray{PID: stray, Command: "sleep", Run: dead}
	if len(strays) != 1 || strays[0] != want {
		t.Errorf("Sweep() = %+v; want %+v", strays, want)
	}
	if alive(stray) {
		t.Error("it lives on")
	}
	if again, err := s.Sweep(); len(again) != 0 || err != nil {
		t.Errorf("second Sweep() = %v, %v; want nothing left", again, err)
	}
}

func TestSweep_OtherProcesses(t *testing.T) {
	service := t.Name()
	living := proc.Spawner{Service: service}
	defer living.Close()
	dead := deadRun(t, service)
	number, rest, _ := strings.Cut(dead, ".")
	started, rest, _ := strings.Cut(rest, ".")
	namespace, spawner, _ := strings.Cut(rest, ".")
	for what, run := range map[string]string{
		"a living run":               runOf(t, &living),
		"another service":            "x" + dead,
		"another namespace":          fmt.Sprintf("%s.%s.1%s.%s", number, started, namespace, spawner),
		"a mark of another make":     service + ":4711",
		"no mark at all":             "",
		"a mark with something more": dead + ".1",
	} {
		t.Run(what, func(t *testing.T) {
			pid := marked(t, run)
			s := proc.Spawner{Service: service}
			defer s.Close()
			if strays, err := s.Sweep(); len(strays) != 0 || err != nil || !alive(pid) {
				t.Errorf("Sweep() = %v, %v; want it left alone", strays, err)
			}
		})
	}
}

func TestSpawner_CloseLeavesNoDaemon(t *testing.T) {
	bury := adopt(t)
	s, other := proc.Spawner{Service: t.Name()}, proc.Spawner{Service: t.Name()}
	defer other.Close()
	var watched [2]watch
	for i, spawner := range []*proc.Spawner{&s, &other} {
		d := daemon()
		var lines <-chan string
		d.Output, lines = heard()
		p, err := spawner.Start(d)
		if err != nil {
			t.Fatal(err)
		}
		watched[i] = watch{}
		watched[i].add(t, numbers(await(t, "daemon", lines))...)
		p.Close()
	}
	s.Close()
	watched[0].awaitEnd(t)
	for pid := range watched[1] {
		if !alive(pid) {
			t.Error("the daemon of another spawner is gone")
		}
	}
	other.Close()
	watched[1].awaitEnd(t)
	bury()
}

func TestSweep_WithoutAService(t *testing.T) {
	var s proc.Spawner
	if strays, err := s.Sweep(); len(strays) != 0 || err != nil {
		t.Errorf("Sweep() = %v, %v; want nothing", strays, err)
	}
}
