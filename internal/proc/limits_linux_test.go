package proc_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestLimits_SetBeforeTheProgram(t *testing.T) {
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := shell("ulimit -v; ulimit -d; ulimit -n; ulimit -f; ulimit -t; ulimit -Ht; ulimit -c; nice")
	s.Limits = proc.Limits{
		AddressSpace: 1 << 30, Data: 512 << 20, Files: 99, FileSize: 1 << 20, CPU: 1500 * time.Millisecond, NoCore: true,
	}
	s.Nice = 5
	p := start(t, s)
	awaitExit(t, p)
	own := 20 - nice // as the system call says it
	want := []string{"1048576", "524288", "99", "2048", "2", "3", "0", strconv.Itoa(min(own+5, 19))}
	if got := p.Tail(); got != strings.Join(want, "\n") {
		t.Errorf("limits = %q; want %q", got, want)
	}
}

func TestLimits_NotSettable(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	var s proc.Spawner
	defer s.Close()
	spec := proc.Spec{Path: "/bin/mkdir", Args: []string{ran}, Limits: proc.Limits{Files: 1 << 40}}
	for range 20 {
		_, err := s.Start(spec)
		startErr, ok := errors.AsType[*proc.StartError](err)
		if !ok || startErr.What != "limit of files: 1099511627776: operation not permitted" {
			t.Fatalf("Start = %v; want the limit named", err)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the program has run without its limit")
	}
}

func TestLimits_RefusedBeforeTheStart(t *testing.T) {
	for what, spec := range map[string]proc.Spec{
		"nice is 20; want -20 to 19":                                   {Nice: 20},
		"limit of processor time is -1s; want 0 for none, or more":     {Limits: proc.Limits{CPU: -time.Second}},
		`cgroup: parent "workers" is not an absolute path`:             {Cgroup: &proc.Cgroup{Parent: "workers"}},
		"cgroup: -1 processors; want 0 for no limit, or up to 1048576": {Cgroup: &proc.Cgroup{Parent: "/", CPU: -1}},
	} {
		var s proc.Spawner
		spec.Path = "/bin/true"
		_, err := s.Start(spec)
		if startErr, ok := errors.AsType[*proc.StartError](err); !ok || startErr.What != what {
			t.Errorf("Start = %v; want %q", err, what)
		}
		s.Close()
	}
}

func TestLimits_WorkerOverItsMemory(t *testing.T) {
	s := proc.Spec{
		Path: python3(t), Args: []string{"-S", "-c", `b"x" * (1 << 40)`}, Env: proc.BaseEnv(os.Environ()),
		Limits: proc.Limits{AddressSpace: 1 << 30},
	}
	p := start(t, s)
	if exit := awaitExit(t, p); exit.Code != 1 || !strings.HasSuffix(p.Tail(), "MemoryError") {
		t.Errorf("exit = %s after %q; want a MemoryError", exit, p.Tail())
	}
}

func TestLimits_ProcessorTime(t *testing.T) {
	s := shell("trap '' XCPU; while :; do :; done")
	s.Limits.CPU = time.Second
	if exit := awaitExit(t, start(t, s)); exit.Signal != syscall.SIGKILL || exit.User+exit.System < time.Second {
		t.Errorf("exit = %s after %s; want SIGKILL after a second of work", exit, exit.User+exit.System)
	}
}

func TestCredential_AnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	s := shell("id -u; id -g; id -G")
	s.Credential = &syscall.Credential{Uid: 65534, Gid: 65533, Groups: []uint32{65532}}
	p := start(t, s)
	awaitExit(t, p)
	if got := p.Tail(); got != "65534\n65533\n65533 65532" {
		t.Errorf("identity = %q; want that of the spec", got)
	}
}

func TestCredential_MissingPrivileges(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to give privileges up")
	}
	s := spec("unprivileged")
	s.Path, s.Dir = copied(t, self(), 0o755), "/"
	s.Env = coverageOfAnyUser(t, s.Env)
	s.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	p := start(t, s)
	if exit := awaitExit(t, p); !exit.OK() || p.Tail() != "ok" {
		t.Errorf("%s: %s", exit, p.Tail())
	}
}

func init() { roles["unprivileged"] = unprivileged }

// unprivileged asks for what only root may have.
func unprivileged([]string) int {
	var s proc.Spawner
	defer s.Close()
	for _, tt := range []struct {
		spec proc.Spec
		what string
	}{
		{proc.Spec{Credential: &syscall.Credential{Uid: 7, Gid: 8}}, "user 7 and group 8 are not permitted to this service; Spec.Credential takes CAP_SETUID and CAP_SETGID"},
		{proc.Spec{PIDNamespace: true}, "not permitted; Spec.PIDNamespace takes CAP_SYS_ADMIN"},
		{proc.Spec{Nice: -5}, "nice -5: permission denied"},
		{proc.Spec{Limits: proc.Limits{Files: 1 << 40}}, "limit of files: 1099511627776: operation not permitted"},
	} {
		tt.spec.Path = "/bin/true"
		_, err := s.Start(tt.spec)
		if startErr, ok := errors.AsType[*proc.StartError](err); !ok || startErr.What != tt.what {
			return complain(fmt.Errorf("%w; want %q", err, tt.what))
		}
	}
	p, err := s.Start(proc.Spec{Path: "/bin/echo", Args: []string{"ok"}})
	if err != nil {
		return complain(err)
	}
	<-p.Done()
	os.Stdout.WriteString(p.Tail() + "\n")
	return 0
}
