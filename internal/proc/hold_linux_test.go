package proc_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func init() {
	roles["untraced"] = untraced
	roles["printer"] = printer
}

// untraced is a service in a sandbox without ptrace.
func untraced([]string) int {
	if err := forbid(unix.SYS_PTRACE); err != nil {
		return complain(err)
	}
	var s proc.Spawner
	defer s.Close()
	for range 2 { // the second one knows
		worker := shell("read line <&3; ulimit -n")
		worker.Limits.Files = 77
		p, err := s.Start(worker)
		if err != nil {
			return complain(err)
		}
		fmt.Fprintln(p.Data(), "go on")
		<-p.Done()
		fmt.Println(p.Tail())
	}
	return 0
}

// forbid lets no thread of this process, and none of its children, make a system call.
func forbid(call uint32) error {
	const deny, allow = 0x00050000 | uint32(unix.EPERM), 0x7fff0000
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call comes first
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: call},
		{Code: unix.BPF_RET | unix.BPF_K, K: deny},
		{Code: unix.BPF_RET | unix.BPF_K, K: allow},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const setModeFilter, allThreads = 1, 1
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, allThreads, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

func TestHold_TraceNotPermitted(t *testing.T) {
	p := start(t, spec("untraced"))
	if exit := awaitExit(t, p); !exit.OK() || p.Tail() != "77\n77" {
		t.Errorf("%s: %s; want the limit in both workers", exit, p.Tail())
	}
}

// printer is a service that starts a program and prints what that prints.
func printer(args []string) int {
	var s proc.Spawner
	defer s.Close()
	p, err := s.Start(proc.Spec{Path: args[0], Args: args[1:]})
	if err != nil {
		return complain(err)
	}
	<-p.Done()
	fmt.Println(p.Tail())
	return 0
}

// A program under ptrace does not get the privileges of its owner from a service without privileges.
func TestHold_SetuidProgram(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to make such a program")
	}
	id := copied(t, "/usr/bin/id", 0o755|os.ModeSetuid)
	other := &syscall.Credential{Uid: 65534, Gid: 65534}
	cmd := exec.Command(id, "-u")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: other}
	if out, err := cmd.Output(); err != nil || string(out) != "0\n" {
		t.Skipf("no program steps up here: %q, %v", out, err)
	}
	s := spec("printer", id, "-u")
	s.Path, s.Dir, s.Credential = copied(t, self(), 0o755), "/", other
	s.Env = coverageOfAnyUser(t, s.Env)
	p := start(t, s)
	if exit := awaitExit(t, p); !exit.OK() || p.Tail() != "0" {
		t.Errorf("%s: %q; want the program to be root", exit, p.Tail())
	}
}

// coverageOfAnyUser changes the environment of a test binary that runs as another user. If it was built with coverage, it writes that
// when it exits, and complains on its standard error where it cannot.
func coverageOfAnyUser(t *testing.T, env []string) []string {
	t.Helper()
	dir := filepath.Dir(copied(t, os.DevNull, 0o644)) // every user can reach it
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	const name = "GOCOVERDIR="
	env = slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name) })
	return append(env, name+dir)
}

// copied is a copy of a program that every user may run.
func copied(t *testing.T, program string, mode os.FileMode) string {
	t.Helper()
	content, err := os.ReadFile(program)
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "program")
	err = errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.WriteFile(path, content, 0o755), os.Chmod(path, mode))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
