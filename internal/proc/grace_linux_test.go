package proc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func init() {
	roles["replaced"] = replaced
	roles["lingering"] = lingering
}

// lingering is a service whose worker ends by itself and leaves something in its group. It says so when the worker is gone.
func lingering([]string) int {
	var s proc.Spawner
	s.SetGrace(guard)
	spec := shell("trap '' TERM HUP; sleep 1000 & echo $!; exit 0")
	lines := make(chan string, 1)
	spec.Output = func(l proc.Line) { lines <- l.Text }
	p, err := s.Start(spec)
	if err != nil {
		return complain(err)
	}
	<-p.Done()
	fmt.Println(<-lines)
	select {}
}

// tidy is a worker with a helper in its group, which notices the worker's end and writes the file "tidied" into dir then. As
// Python's resource tracker, it minds no signal that can be ignored. The worker ends as the script end says.
func tidy(dir, end string) proc.Spec {
	s := shell("trap '' TERM INT HUP; mkfifo held; " +
		"(cat held >/dev/null; echo done >tidied) 3<&- 4<&- & exec 9>held; " +
		"echo ready $!; read line <&3; " + end)
	s.Dir = dir
	return s
}

func TestGroup_AHelperHasTimeToEndAfterItsWorker(t *testing.T) {
	for name, tt := range map[string]struct {
		end  string
		stop func(p *proc.Process)
	}{
		"it ends by itself": {"exit 0", func(p *proc.Process) { fmt.Fprintln(p.Data(), "end") }},
		"it kills itself":   {"kill -KILL $$", func(p *proc.Process) { fmt.Fprintln(p.Data(), "end") }},
		"it is killed":      {"", func(p *proc.Process) { _ = p.Kill() }},
		"by a signal":       {"", func(p *proc.Process) { _ = p.Signal(syscall.SIGKILL) }},
		"it is closed":      {"", func(p *proc.Process) { p.Close() }},
		"it does not stop": {"", func(p *proc.Process) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			p.Stop(ctx)
		}},
		"the spawner is closed": {"", func(*proc.Process) {}},
	} {
		t.Run(name, func(t *testing.T) {
			bury := adopt(t)
			var spawner proc.Spawner
			spawner.SetGrace(guard)
			s := tidy(t.TempDir(), tt.end)
			var lines <-chan string
			s.Output, lines = heard()
			p, err := spawner.Start(s)
			if err != nil {
				t.Fatal(err)
			}
			await(t, "ready", lines)
			tt.stop(p)
			if name != "the spawner is closed" {
				awaitExit(t, p)
			}
			spawner.Close()
			if text, err := os.ReadFile(filepath.Join(s.Dir, "tidied")); err != nil || string(text) != "done\n" {
				t.Errorf("the helper wrote %q, %v; want it to have come to its end", text, err)
			}
			bury()
		})
	}
}

func TestGroup_WhatDoesNotEndIsKilledAfterTheGrace(t *testing.T) {
	bury := adopt(t)
	var spawner proc.Spawner
	spawner.SetGrace(time.Millisecond)
	watched := watch{}
	for range 3 { // one after the other, and at the end all at once
		s := shell("trap '' TERM HUP; sleep 1000 & echo ready $!; kill -STOP $!; wait")
		var lines <-chan string
		s.Output, lines = heard()
		p, err := spawner.Start(s)
		if err != nil {
			t.Fatal(err)
		}
		watched.add(t, numbers(await(t, "ready", lines))...)
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		awaitExit(t, p)
		watched.awaitEnd(t)
	}
	spawner.Close()
	bury()
}

func TestGroup_NeitherDoneNorCloseWaitsForTheRest(t *testing.T) {
	bury := adopt(t)
	var spawner proc.Spawner
	spawner.SetGrace(guard)
	s := shell("mkfifo go; (read line; echo done >told) <>go & echo ready; read line <&4; exit 3")
	s.Dir = t.TempDir()
	var lines <-chan string
	s.Output, lines = heard()
	p := startIn(t, &spawner, s)
	await(t, "ready", lines)
	fmt.Fprintln(p.Control(), "end")
	if exit := awaitExit(t, p); exit.Code != 3 {
		t.Errorf("exit = %s; want status 3", exit)
	}
	if err := p.Kill(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("Kill after Done: %v; want os.ErrProcessDone", err)
	}
	p.Close()
	for range 3 { // others come and go, and the child is still there
		awaitExit(t, startIn(t, &spawner, shell("exit 0")))
	}
	fifo, err := os.OpenFile(filepath.Join(s.Dir, "go"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fifo.Close()
	if _, err := fmt.Fprintln(fifo, "end"); err != nil { // only now the child ends
		t.Error(err)
	}
	spawner.Close()
	if _, err := os.Stat(filepath.Join(s.Dir, "told")); err != nil {
		t.Errorf("the child was not told: %v", err)
	}
	bury()
}

func TestGroup_WhatIsLeftEndsWithTheService(t *testing.T) {
	bury := adopt(t)
	cmd := exec.Command(self())
	cmd.Env = roleEnv("lingering")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	watched := watch{}
	watched.add(t, numbers(string(line[:n]))[0])
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	watched.awaitEnd(t)
	_ = cmd.Wait() // it was killed
	bury()
}

func TestGroupRSS_CountsWhatTheGroupHas(t *testing.T) {
	const size = 32 << 20
	var spawner proc.Spawner
	defer spawner.Close()
	s := shell(fmt.Sprintf("echo ready; read line <&3; (head -c %d /dev/zero; echo filled >&2; exec cat <&4) | tail -n 1 & wait", size))
	var lines <-chan string
	s.Output, lines = heard()
	p, err := spawner.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "ready", lines)
	before, err := p.GroupRSS()
	if err != nil || before < 0 || before > size { // of little the kernel may say that it is nothing
		t.Fatalf("GroupRSS() = %d, %v; want that of a shell", before, err)
	}
	fmt.Fprintln(p.Data(), "fill")
	await(t, "filled", lines)
	awaitRSS(t, p, before+size)
	other, err := spawner.Start(shell("read line <&3"))
	if err != nil {
		t.Fatal(err)
	}
	if rss, err := other.GroupRSS(); err != nil || rss < 0 || rss >= size {
		t.Errorf("GroupRSS() of another process = %d, %v; want its own", rss, err)
	}
	p.Close()
	if rss, err := p.GroupRSS(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("GroupRSS() after Done = %d, %v; want os.ErrProcessDone", rss, err)
	}
}

// awaitRSS waits until the group of p has that many bytes of memory. The programs of a pipe may still be reading, and an answer
// may be one of a short time before.
func awaitRSS(t *testing.T, p *proc.Process, want int64) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(guard)
	for {
		rss, err := p.GroupRSS()
		if err != nil {
			t.Fatal(err)
		}
		if rss >= want {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("GroupRSS() = %d; want at least %d within %s", rss, want, guard)
		}
	}
}

// replaced is a service that starts workers and becomes itself again by an exec. The second time it says how many zombies and
// living workers of the first time are left once it has a worker of its own.
func replaced(args []string) int {
	s := proc.Spawner{Service: args[0]}
	if len(args) == 1 {
		var pids []string
		lines := make(chan string, 64)
		daemon := shell("setsid sh -c 'echo $$; exec sleep 1000' & wait")
		for _, spec := range []proc.Spec{daemon, shell("echo $$; sleep 1000"), shell("echo $$; sleep 1000 & wait")} {
			spec.Output = func(l proc.Line) { lines <- l.Text }
			if _, err := s.Start(spec); err != nil {
				return complain(err)
			}
			pids = append(pids, <-lines)
		}
		other := exec.Command("/bin/sh", "-c", "kill -TERM $$") // the next program may want its status
		other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := other.Start(); err != nil {
			return complain(err)
		}
		return complain(syscall.Exec(self(), []string{self(), args[0], strings.Join(pids, " "), strconv.Itoa(other.Process.Pid)}, os.Environ()))
	}
	p, err := s.Start(shell("read line <&3"))
	if err != nil {
		return complain(err)
	}
	left := 0
	for _, pid := range numbers(args[1]) {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/fd/0", pid)); err == nil || slices.Contains(children(), pid) { // alive, or ours
			left++
		}
	}
	other, _ := strconv.Atoi(args[2])
	var status unix.WaitStatus
	_, err = unix.Wait4(other, &status, 0, nil)
	fmt.Println("left", left, "other", status.Signal() == unix.SIGTERM, err)
	if err := p.Signal(0); err != nil {
		return complain(err)
	}
	s.Close()
	return 0
}

func TestExec_WorkersOfTheEarlierProgramAreGone(t *testing.T) {
	bury := adopt(t)
	cmd := exec.Command(self(), t.Name())
	cmd.Env = roleEnv("replaced")
	out, err := cmd.CombinedOutput()
	if want := "left 0 other true <nil>\n"; err != nil || string(out) != want {
		t.Errorf("the service says %q, %v; want %q", out, err, want)
	}
	bury()
}
