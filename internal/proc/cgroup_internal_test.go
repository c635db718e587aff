//go:build linux

package proc

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestCgroup_LimitsAsTheKernelWritesThem(t *testing.T) {
	got := (&Cgroup{Memory: 1 << 30, Processes: 20, CPU: 1.5}).settings()
	want := []setting{
		{"memory", "memory.max", "1073741824"},
		{"memory", "memory.oom.group", "1"},
		{"pids", "pids.max", "20"},
		{"cpu", "cpu.max", "150000 100000"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(setting{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if got := (&Cgroup{CPU: 0.001}).settings()[0].value; got != "1000 100000" {
		t.Errorf("cpu.max = %q; want the least there is", got)
	}
	if got := (&Cgroup{}).settings(); len(got) != 0 {
		t.Errorf("settings without limits = %v", got)
	}
}

func TestCgroup_NumberOfAKey(t *testing.T) {
	const events = "low 0\noom 2\noom_kill 1\noom_group_kill 5\nbad x\n"
	for key, want := range map[string]int{"oom": 2, "oom_kill": 1, "oom_group_kill": 5, "bad": 0, "max": 0, "": 0} {
		if got := value(events, key); got != want {
			t.Errorf("value of %q = %d; want %d", key, got, want)
		}
	}
}

// A folder stands in for a control group: the files are the same.
func TestCgroup_FilesAreWrittenAndRead(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := &cgroup{dir}
	read := func(name string) string {
		content, _ := os.ReadFile(filepath.Join(dir.Name(), name))
		return string(content)
	}
	for _, name := range []string{"cgroup.kill", "cgroup.procs"} {
		if err := os.WriteFile(filepath.Join(dir.Name(), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if g.outOfMemory() {
		t.Error("out of memory although nothing says so")
	}
	if err := os.WriteFile(filepath.Join(dir.Name(), "memory.events"), []byte("oom 1\noom_kill 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !g.outOfMemory() {
		t.Error("not out of memory although a process was killed for it")
	}
	if err := g.adopt(4711); err != nil || read("cgroup.procs") != "4711" {
		t.Errorf("adopt = %v; members %q", err, read("cgroup.procs"))
	}
	g.close()
	if read("cgroup.kill") != "1" {
		t.Error("no process was killed")
	}
}

func TestCgroup_NilIsTheDefault(t *testing.T) {
	g, err := openCgroup(nil)
	if g != nil || err != nil {
		t.Fatalf("openCgroup(nil) = %v, %v", g, err)
	}
	if err := g.adopt(1); err != nil || g.outOfMemory() {
		t.Errorf("adopt = %v, outOfMemory = %t", err, g.outOfMemory())
	}
	g.kill()
	g.close()
}

func TestCgroup_CannotBeJoined(t *testing.T) {
	dir, err := os.Open(filepath.Join(t.TempDir(), "."))
	if err != nil {
		t.Fatal(err)
	}
	g := &cgroup{dir}
	if err := os.Chmod(dir.Name(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir.Name(), "cgroup.procs"), 0o700); err != nil {
		t.Fatal(err)
	}
	err = g.adopt(1)
	if joined, ok := errors.AsType[*CgroupError](err); !ok || !errors.Is(err, unix.EISDIR) || joined.What != "cannot be joined: is a directory" {
		t.Errorf("adopt = %v; want a *CgroupError", err)
	}
	g.close()
}
