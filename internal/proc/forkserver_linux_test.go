package proc_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestForkServer_WorkerIsLikeAStartedOne(t *testing.T) {
	f := forkServer(t)
	var printed <-chan string
	s := servable(t, "serves")
	s.Env = append(s.Env, "A=1")
	s.Dir, s.Run = t.TempDir(), "run-1"
	s.Limits.Files, s.Nice = 77, 3
	s.Output, printed = heard()
	for name, how := range map[string]starts{"forked": f, "started": f.Spawner} {
		t.Run(name, func(t *testing.T) {
			w := startTalker(t, how, s)
			for line, want := range map[string]string{
				"echo hello":          "hello",
				"env A":               "1",
				"env FSMPOOL_FDS":     "3,4,5",
				"env FSMPOOL_RUN":     "run-1",
				"cwd":                 s.Dir,
				"group":               strconv.Itoa(w.PID()),
				"limit":               "77",
				"nice":                "3",
				"print some progress": "printed",
			} {
				if got := w.ask(t, line); got != want {
					t.Errorf("%s = %q; want %q", line, got, want)
				}
			}
			if got := await(t, "line", printed); got != "some progress" {
				t.Errorf("printed %q", got)
			}
			if open := w.ask(t, "open"); name == "forked" && open != "0 1 2 3 4 5 6" {
				t.Errorf("descriptors = %s; want 0 to 5, and 6 for looking", open)
			}
			if _, err := fmt.Fprintln(w.Data(), "exit 7"); err != nil {
				t.Fatal(err)
			}
			exit := awaitExit(t, w.Process)
			if exit.Code != 7 || exit.Lost || exit.MaxRSS < 1<<20 || exit.User+exit.System <= 0 {
				t.Errorf("exit = %+v; want status 7 and what it used", exit)
			}
			w.Close()
		})
	}
}

func TestForkServer_ImportsOnce(t *testing.T) {
	f := forkServer(t)
	answers := make([]string, 8)
	var starters sync.WaitGroup
	for i := range answers {
		starters.Go(func() {
			p, err := f.Start(servable(t, "serves"))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err = fmt.Fprintln(p.Data(), "imported"); err == nil {
				answers[i], err = bufio.NewReader(p.Data()).ReadString('\n')
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	starters.Wait()
	if first := answers[0]; first == "" || slices.ContainsFunc(answers, func(a string) bool { return a != first }) {
		t.Errorf("imported at %q; want the same of all", answers)
	}
}

func TestForkServer_GroupEndsWithTheWorker(t *testing.T) {
	bury := adopt(t)
	f := forkServer(t)
	w := startTalker(t, f, servable(t, "serves"))
	other := startTalker(t, f, servable(t, "serves"))
	watched := watch{}
	watched.add(t, w.number(t, "child"))
	if err := syscall.Kill(w.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, w.Process); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit = %s; want SIGKILL", exit)
	}
	watched.awaitEnd(t)
	if got := other.ask(t, "echo still here"); got != "still here" {
		t.Errorf("the other worker says %q", got)
	}
	f.Close()
	f.Spawner.Close()
	bury()
}

func TestForkServer_SignalsReachTheGroup(t *testing.T) {
	f := forkServer(t)
	w := startTalker(t, f, servable(t, "serves"))
	child := watch{}
	child.add(t, w.number(t, "child"))
	w.ask(t, fmt.Sprintf("ignore %d", syscall.SIGUSR1))
	if err := w.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	child.awaitEnd(t)
	if got := w.ask(t, "echo still here"); got != "still here" {
		t.Errorf("the worker says %q", got)
	}
	if err := w.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, w.Process); exit.Signal != syscall.SIGTERM {
		t.Errorf("exit = %s; want SIGTERM", exit)
	}
	if err := w.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal after Done: %v; want os.ErrProcessDone", err)
	}
}

func TestForkServer_DeadOneIsReplaced(t *testing.T) {
	f := forkServer(t)
	s := servable(t, "serves")
	for range 10 {
		w := startTalker(t, f, s)
		w.ask(t, "echo hello")
		if err := syscall.Kill(parentOf(t, w.PID()), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForkServer_RefusalHasAReason(t *testing.T) {
	for mode, want := range map[string]string{
		"raises":  "fork server: exit status 1 before it was ready: RuntimeError: no model",
		"slow":    "fork server: not ready within 300ms",
		"fails":   "fork server: no more processes",
		"babbles": "fork server: killed by SIGKILL",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			f := forkServer(t)
			if mode == "slow" {
				f.Ready = 300 * time.Millisecond
			}
			p, err := f.Start(servable(t, mode))
			startErr, ok := errors.AsType[*proc.StartError](err)
			if p != nil || !ok || !strings.HasPrefix(startErr.What, want) {
				t.Fatalf("Start = %v, %v; want %q", p, err, want)
			}
			if mode == "raises" && !strings.Contains(startErr.Tail, "Traceback") {
				t.Errorf("Tail = %q; want the traceback", startErr.Tail)
			}
		})
	}
}

func TestForkServer_RefusalIsRemembered(t *testing.T) {
	f := forkServer(t)
	source := file(t, "version 1", 0o644)
	refuse := func() *proc.RefusedError {
		t.Helper()
		_, err := f.Start(servable(t, "threads", source))
		refused, ok := errors.AsType[*proc.RefusedError](err)
		if !ok || refused.Reason != "threads run" {
			t.Fatalf("Start = %v; want it refused because threads run", err)
		}
		return refused
	}
	first := refuse()
	if again := refuse(); again != first {
		t.Error("the program was asked again although nothing has changed")
	}
	rewrite(t, source)
	if again := refuse(); again == first {
		t.Error("the program was not asked again although a source has changed")
	}
	startTalker(t, f, servable(t, "serves", source)) // another program
}

// rewrite makes a file another one, of another time.
func rewrite(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("version 2, longer"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestForkServer_ChangedSourceStartsAnother(t *testing.T) {
	f := forkServer(t)
	source := file(t, "version 1", 0o644)
	old := startTalker(t, f, servable(t, "serves", source))
	same := startTalker(t, f, servable(t, "serves", source))
	rewrite(t, source)
	fresh := startTalker(t, f, servable(t, "serves", source))
	if a, b := old.ask(t, "imported"), same.ask(t, "imported"); a != b {
		t.Errorf("imported at %s and %s; want one server as long as nothing changes", a, b)
	}
	if a, b := old.ask(t, "imported"), fresh.ask(t, "imported"); a == b {
		t.Errorf("imported at %s by the server of the old source", a)
	}
	same.Close()
	fmt.Fprintln(old.Data(), "exit 5")
	if exit := awaitExit(t, old.Process); exit.Code != 5 {
		t.Errorf("exit = %s; want status 5 from the old server", exit)
	}
}

// parentOf is the pid of the parent of a process.
func parentOf(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "\nPPid:")
	line, _, _ := strings.Cut(after, "\n")
	return numbers(line)[0]
}

func TestForkServer_WorkersOutliveIt(t *testing.T) {
	bury := adopt(t)
	f := forkServer(t)
	w := startTalker(t, f, servable(t, "serves"))
	w.ask(t, "echo hello") // until then it needs the server to let it go
	server := watch{}
	server.add(t, parentOf(t, w.PID()))
	for pid := range server {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	server.awaitEnd(t)
	if got := w.ask(t, "echo still here"); got != "still here" {
		t.Errorf("the worker says %q", got)
	}
	next := startTalker(t, f, servable(t, "serves"))
	if next.ask(t, "imported") == w.ask(t, "imported") {
		t.Error("both workers are of the dead server")
	}
	watched := watch{}
	watched.add(t, w.PID(), w.number(t, "child"))
	if err := w.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, w.Process); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit = %s; want SIGKILL, since orphans are children of the test", exit)
	}
	watched.awaitEnd(t)
	f.Close()
	f.Spawner.Close()
	if left := children(); len(left) > 0 {
		t.Errorf("children %v are left, %s", left, status(left[0]))
	}
	bury()
}

func TestForkServer_TheStatusOfAWorkerIsLostWithItsServer(t *testing.T) {
	f := forkServer(t)
	w := startTalker(t, f, servable(t, "serves"))
	w.ask(t, "echo hello")
	if err := syscall.Kill(parentOf(t, w.PID()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.ask(t, "echo still here")
	if err := w.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, w.Process); !exit.Lost {
		t.Errorf("exit = %s; want it lost with the server", exit)
	}
}

func TestForkServer_StoppedOneAndAnExit(t *testing.T) {
	f := forkServer(t)
	w := startTalker(t, f, servable(t, "serves"))
	if err := syscall.Kill(parentOf(t, w.PID()), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := w.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, w.Process); !exit.Lost {
		t.Errorf("exit = %s; want it lost, as the server cannot tell", exit)
	}
	w.Close()
}

func TestForkServer_CloseDuringAStart(t *testing.T) {
	f := forkServer(t)
	var lines <-chan string
	f.Output, lines = heard()
	started := make(chan error)
	s := servable(t, "slow")
	go func() {
		_, err := f.Start(s)
		started <- err
	}()
	await(t, "import", lines)
	f.Close()
	if err := await(t, "return", started); err == nil {
		t.Error("a closed fork server started a process")
	}
	if _, err := f.Start(s); !errors.Is(err, proc.ErrClosed) {
		t.Errorf("Start after Close = %v; want ErrClosed", err)
	}
}

func TestLeaks_ForkServer(t *testing.T) {
	bury := adopt(t)
	cycle := func() {
		f := &proc.ForkServer{Spawner: &proc.Spawner{}}
		for range 3 {
			startTalker(t, f, servable(t, "serves")).ask(t, "child")
		}
		f.Close()
		f.Spawner.Close()
	}
	cycle() // opens the runtime's poller
	before := descriptors()
	for range 3 {
		cycle()
	}
	bury()
	if after := descriptors(); !slices.Equal(after, before) {
		t.Errorf("descriptors = %v; want %v", after, before)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("child %d (%v) is left; want none", pid, err)
	}
}

func TestForkServer_SpawnerClosed(t *testing.T) {
	f := forkServer(t)
	s := servable(t, "serves")
	w := startTalker(t, f, s)
	f.Spawner.Close()
	if exit := awaitExit(t, w.Process); exit.Signal != syscall.SIGKILL && !exit.Lost {
		t.Errorf("exit = %s; want it killed", exit)
	}
	if p, err := f.Start(s); p != nil || !errors.Is(err, proc.ErrClosed) {
		t.Errorf("Start = %v, %v; want ErrClosed", p, err)
	}
}

func TestForkServer_EnvironmentTooLong(t *testing.T) {
	f := forkServer(t)
	s := servable(t, "serves")
	w := startTalker(t, f, s)
	long := s
	long.Env = append(slices.Clone(s.Env), "LONG="+strings.Repeat("x", 128<<10))
	_, err := f.Start(long)
	if startErr, ok := errors.AsType[*proc.StartError](err); !ok || !strings.HasPrefix(startErr.What, "fork server: too long an environment: ") {
		t.Errorf("Start = %v; want it to name the environment", err)
	}
	if again := startTalker(t, f, s); again.ask(t, "imported") != w.ask(t, "imported") {
		t.Error("another server was started")
	}
}
