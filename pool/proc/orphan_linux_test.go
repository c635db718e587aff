package proc_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/fsmgen/fsmgen/pool/proc"
)

// orphanRounds is how many services are killed in one test.
const orphanRounds = 10

func init() {
	roles["service"] = service
	roles["starter"] = starter
}

// service holds the number of megabytes that its first argument says, starts a worker of each of the other roles,
// passes on what they print, and waits to be killed.
func service(args []string) int {
	megabytes, err := strconv.Atoi(args[0])
	if err != nil {
		return 1
	}
	ballast := make([]byte, megabytes<<20)
	for i := 0; i < len(ballast); i += os.Getpagesize() {
		ballast[i] = 1
	}
	defer runtime.KeepAlive(ballast)
	var printing sync.Mutex
	var s proc.Spawner
	for _, role := range args[1:] {
		worker := spec(role)
		worker.Output = func(l proc.Line) {
			printing.Lock()
			defer printing.Unlock()
			fmt.Println(l.Text)
		}
		if _, err := s.Start(worker); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	select {}
}

// starter starts one sleeper after the other and says so.
func starter([]string) int {
	var s proc.Spawner
	for {
		if _, err := s.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"1000"}}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		ready()
	}
}

// victim is a service to be killed.
type victim struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startVictim(t *testing.T, role string, args ...string) *victim {
	t.Helper()
	cmd := exec.Command(self(), args...)
	cmd.Env, cmd.Stderr = roleEnv(role), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &victim{cmd: cmd, lines: bufio.NewScanner(out)}
}

// line is the next line that the service prints.
func (v *victim) line(t *testing.T) string {
	t.Helper()
	if !v.lines.Scan() {
		t.Fatalf("the service ended: %v", v.lines.Err())
	}
	return v.lines.Text()
}

func (v *victim) kill(t *testing.T) {
	t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = v.cmd.Wait() // says that it was killed
}

func TestNobodySurvivesAKilledService(t *testing.T) {
	workers := []string{"plain", "sleeping", "deaf", "busy", "parent"}
	bury := adopt(t)
	for round := range orphanRounds {
		// A big service dies slowly, and its threads long before its descriptors. Its workers are killed in between, and
		// then nobody but the service holds the lifeline on which the life of their children hangs.
		megabytes := strconv.Itoa(round % 2 * 128)
		v := startVictim(t, "service", append([]string{megabytes}, workers...)...)
		watched := watch{}
		for range workers {
			watched.add(t, numbers(v.line(t))...)
		}
		if len(watched) != len(workers)+1 {
			t.Fatalf("watching %d processes; want the workers and a child of one", len(watched))
		}
		v.kill(t)
		watched.awaitEnd(t)
		if t.Failed() {
			return
		}
		bury()
	}
}

func TestNobodySurvivesAServiceKilledWhileItStartsWorkers(t *testing.T) {
	bury := adopt(t)
	for round := range orphanRounds {
		v := startVictim(t, "starter")
		for range round {
			v.line(t)
		}
		v.kill(t)
		bury() // returns when no child is left, and the orphans are children now
	}
}
