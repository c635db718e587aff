package proc_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// cgroups is a control group below which the test may make others. There are none at its end.
func cgroups(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[2] != "cgroup2" {
			continue
		}
		dir, err := os.MkdirTemp(fields[1], "test-*")
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil {
				t.Errorf("groups are left: %v", err)
			}
		})
		return dir
	}
	t.Skip("no control groups of version 2")
	panic("unreachable")
}

// groupsIn are the names of the control groups below dir.
func groupsIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestCgroup_DaemonEndsWithIt(t *testing.T) {
	parent := cgroups(t)
	bury := adopt(t)
	s := daemon()
	s.Cgroup = &proc.Cgroup{Parent: parent}
	var lines <-chan string
	s.Output, lines = heard()
	var spawner proc.Spawner
	p := startIn(t, &spawner, s)
	watched := watch{}
	watched.add(t, numbers(await(t, "daemon", lines))...)
	groups := groupsIn(t, parent)
	if len(groups) != 1 {
		t.Fatalf("groups %q; want one", groups)
	}
	members, err := os.ReadFile(filepath.Join(parent, groups[0], "cgroup.procs"))
	if got := numbers(string(members)); err != nil || !slices.Contains(got, p.PID()) || len(got) < 2 {
		t.Errorf("members = %v, %v; want the worker and the daemon", got, err)
	}
	if err := unix.Kill(p.PID(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitExit(t, p)
	watched.awaitEnd(t)
	spawner.Close()
	bury()
	if left := groupsIn(t, parent); len(left) > 0 {
		t.Errorf("groups %q are left", left)
	}
}

func TestForkServer_WorkerWithACgroup(t *testing.T) {
	parent := cgroups(t)
	s := servable(t, "serves")
	s.Cgroup = &proc.Cgroup{Parent: parent}
	f := forkServer(t)
	w := startTalker(t, f, s)
	watched := watch{}
	watched.add(t, w.number(t, "daemon"))
	w.Close()
	watched.awaitEnd(t)
	f.Spawner.Close()
	if left := groupsIn(t, parent); len(left) > 0 {
		t.Errorf("groups %q are left", left)
	}
}

func TestCgroup_LeftByADeadService(t *testing.T) {
	parent := cgroups(t)
	bury := adopt(t)
	v := startVictim(t, orders{Workers: programs(daemon()), Cgroups: parent})
	watched := watch{}
	watched.add(t, v.awaitReady(t, 1)...)
	v.kill(t)
	if groups := groupsIn(t, parent); len(groups) != 1 {
		t.Fatalf("groups %q; want that of the dead service", groups)
	}
	var spawner proc.Spawner
	startIn(t, &spawner, proc.Spec{Path: "/bin/true", Cgroup: &proc.Cgroup{Parent: parent}})
	spawner.Close()
	watched.awaitEnd(t)
	bury()
	if left := groupsIn(t, parent); len(left) > 0 {
		t.Errorf("groups %q are left", left)
	}
}

func TestCgroup_FailedStartLeavesNone(t *testing.T) {
	parent := cgroups(t)
	var s proc.Spawner
	defer s.Close()
	if _, err := s.Start(proc.Spec{Path: "/no/such/program", Cgroup: &proc.Cgroup{Parent: parent}}); err == nil {
		t.Error("started a program that does not exist")
	}
	if left := groupsIn(t, parent); len(left) > 0 {
		t.Errorf("groups %q are left", left)
	}
}

func TestCgroup_OptionalOrAnError(t *testing.T) {
	for name, parent := range map[string]string{
		"nothing there":      "/no/such/group",
		"an ordinary folder": t.TempDir(),
	} {
		t.Run(name, func(t *testing.T) {
			var s proc.Spawner
			defer s.Close()
			spec := shell("exit 0")
			spec.Cgroup = &proc.Cgroup{Parent: parent, Memory: 1 << 30}
			_, err := s.Start(spec)
			cgroupErr, ok := errors.AsType[*proc.CgroupError](err)
			if _, start := errors.AsType[*proc.StartError](err); !ok || !start || cgroupErr.Dir != parent {
				t.Errorf("Start = %v; want a *CgroupError about %s in a *StartError", err, parent)
			}
			spec.Cgroup.Optional = true
			p, err := s.Start(spec)
			if err != nil {
				t.Fatalf("Start without what is optional = %v", err)
			}
			if exit := awaitExit(t, p); !exit.OK() {
				t.Errorf("exit = %s", exit)
			}
		})
	}
}

func TestCgroup_WorkerOverItsMemory(t *testing.T) {
	parent := cgroups(t)
	s := proc.Spec{
		Path: python3(t), Args: []string{"-S", "-c", `b"x" * (1 << 30)`}, Env: proc.BaseEnv(os.Environ()),
		Cgroup: &proc.Cgroup{Parent: parent, Memory: 32 << 20, Processes: 10, CPU: 0.5},
	}
	var spawner proc.Spawner
	defer spawner.Close()
	p, err := spawner.Start(s)
	if cgroupErr, ok := errors.AsType[*proc.CgroupError](err); ok {
		t.Skip(cgroupErr) // the controllers belong to version 1 here
	}
	if err != nil {
		t.Fatal(err)
	}
	exit := awaitExit(t, p)
	if !exit.OutOfMemory || exit.String() != "killed by SIGKILL (out of the memory of its cgroup)" {
		t.Errorf("exit = %+v; want it out of memory", exit)
	}
	p.Close()
}
