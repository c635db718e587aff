package proc_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// guard is how long a test waits for what must happen before it calls it a hang.
const guard = 30 * time.Second

// roleVar turns the test binary into another program: its value is the name of a role.
const roleVar = "PROC_TEST_ROLE"

func TestMain(m *testing.M) {
	name := os.Getenv(roleVar)
	if name == "" {
		goleak.VerifyTestMain(m)
		return
	}
	role, ok := roles[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "no role %q\n", name)
		os.Exit(100)
	}
	os.Exit(role(os.Args[1:]))
}

// roleEnv is the environment in which the test binary plays role.
func roleEnv(role string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, roleVar+"=") })
	return append(env, roleVar+"="+role)
}

// self is the path of the test binary.
func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

// spec is the test binary playing role.
func spec(role string, args ...string) proc.Spec {
	return proc.Spec{Path: self(), Args: args, Env: roleEnv(role)}
}

// start starts s and sees that it is closed at the end of the test.
func start(t *testing.T, s proc.Spec) *proc.Process {
	t.Helper()
	var spawner proc.Spawner
	t.Cleanup(spawner.Close)
	return startIn(t, &spawner, s)
}

// startIn starts s, which ends with the spawner.
func startIn(t *testing.T, spawner *proc.Spawner, s proc.Spec) *proc.Process {
	t.Helper()
	p, err := spawner.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{p.Data(), p.Control()} {
		if err := c.SetDeadline(time.Now().Add(guard)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// shell is a script for /bin/sh.
func shell(script string) proc.Spec {
	return proc.Spec{Path: "/bin/sh", Args: []string{"-c", script}, Env: proc.BaseEnv(os.Environ())}
}

// await waits for c to be closed or to deliver.
func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(guard):
		t.Fatalf("%s did not happen within %s", what, guard)
		panic("unreachable")
	}
}

// awaitExit is the end of p.
func awaitExit(t *testing.T, p *proc.Process) proc.Exit {
	t.Helper()
	await(t, "exit", p.Done())
	return p.Exit()
}

// heard returns a Spec.Output that sends every line, and the channel, which holds more than any of its users prints.
func heard() (func(proc.Line), <-chan string) {
	lines := make(chan string, 64)
	return func(l proc.Line) { lines <- l.Text }, lines
}

// roles are the programs the test binary can play. Those that go on for ever say "ready" first, with the pids of their
// children and their own.
var roles = map[string]func(args []string) int{
	"echo":     echo,
	"polite":   polite,
	"deaf":     deaf,
	"sleeping": sleeping,
}

// complain is the end of a role that could not be played.
func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func ready(pids ...int) {
	fmt.Println("ready", strings.Trim(fmt.Sprint(append(pids, os.Getpid())), "[]"))
}

// echo sends everything back on the connection it came from.
func echo([]string) int {
	data, control := os.NewFile(3, "data"), os.NewFile(4, "control")
	go func() { _, _ = io.Copy(control, control) }()
	if _, err := io.Copy(data, data); err != nil {
		return 1
	}
	return 0
}

// polite ends with status 7 at SIGTERM.
func polite([]string) int {
	terms := make(chan os.Signal, 1)
	signal.Notify(terms, syscall.SIGTERM)
	ready()
	<-terms
	return 7
}

// deaf ignores every signal that can be ignored.
func deaf([]string) int {
	signal.Ignore()
	ready()
	select {}
}

func sleeping([]string) int {
	ready()
	select {}
}
