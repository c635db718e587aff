package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cgroup is the control group of one process. A nil one is none at all.
type cgroup struct {
	dir *os.File
}

// removeGrace bounds the wait for the end of what was killed in a group.
const removeGrace = time.Second

// openCgroup makes the group that c asks for, and none if c is nil or can do without.
func openCgroup(c *Cgroup) (*cgroup, error) {
	if c == nil {
		return nil, nil
	}
	removeOrphaned(c.Parent)
	g, err := makeCgroup(c)
	if err != nil && c.Optional {
		return nil, nil
	}
	return g, err
}

func makeCgroup(c *Cgroup) (*cgroup, error) {
	if err := enable(c.Parent, c.settings()); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(c.Parent, ownerOf("self").cgroupName()+"-*")
	if err != nil {
		return nil, &CgroupError{c.Parent, "no group can be made there: " + errnoText(err), err}
	}
	f, err := os.Open(dir)
	if err != nil {
		_ = os.Remove(dir)
		return nil, &CgroupError{dir, errnoText(err), err}
	}
	g := &cgroup{f}
	for _, s := range c.settings() {
		if err := g.write(s.file, s.value); err != nil {
			g.close()
			return nil, &CgroupError{c.Parent, fmt.Sprintf("%s cannot be %q: %s", s.file, s.value, errnoText(err)), err}
		}
	}
	return g, nil
}

// enable makes sure that parent is a control group whose children have the controllers that the settings belong to.
func enable(parent string, settings []setting) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(parent, &fs); err != nil {
		return &CgroupError{parent, err.Error(), err}
	}
	if fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return &CgroupError{parent, "is not a control group of version 2", unix.ENOTSUP}
	}
	control := filepath.Join(parent, "cgroup.subtree_control")
	for _, s := range settings {
		enabled, err := os.ReadFile(control)
		if err == nil && !slices.Contains(strings.Fields(string(enabled)), s.controller) {
			err = os.WriteFile(control, []byte("+"+s.controller), 0)
		}
		if err != nil {
			return &CgroupError{parent, fmt.Sprintf("no controller %q below it: %s", s.controller, errnoText(err)), err}
		}
	}
	return nil
}

// errnoText leaves out the path, which the error names already.
func errnoText(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	return err.Error()
}

// receive lets the process that attr is for be born in the group.
func (g *cgroup) receive(attr *syscall.SysProcAttr) {
	if g != nil {
		attr.UseCgroupFD, attr.CgroupFD = true, int(g.dir.Fd())
	}
}

// adopt moves a process into the group.
func (g *cgroup) adopt(pid int) error {
	if g == nil {
		return nil
	}
	if err := g.write("cgroup.procs", strconv.Itoa(pid)); err != nil {
		return &CgroupError{g.dir.Name(), "cannot be joined: " + errnoText(err), err}
	}
	return nil
}

// outOfMemory reports whether the kernel killed a process of the group because of its limit.
func (g *cgroup) outOfMemory() bool {
	return g != nil && g.count("memory.events", "oom_kill") > 0
}

// kill ends everything in the group. Kernels before 5.14 cannot.
func (g *cgroup) kill() {
	if g != nil {
		_ = g.write("cgroup.kill", "1")
	}
}

// close kills what is in the group and removes it.
func (g *cgroup) close() {
	if g == nil {
		return
	}
	g.kill()
	g.awaitEmpty()
	_ = os.Remove(g.dir.Name()) // otherwise it is left to removeOrphaned
	_ = g.dir.Close()
}

// awaitEmpty waits for the end of what was killed.
func (g *cgroup) awaitEmpty() {
	events, err := os.Open(filepath.Join(g.dir.Name(), "cgroup.events"))
	if err != nil {
		return
	}
	defer events.Close()
	deadline := time.Now().Add(removeGrace)
	for {
		buf := make([]byte, 512)
		n, _ := events.ReadAt(buf, 0)
		left := time.Until(deadline)
		if value(string(buf[:n]), "populated") == 0 || left <= 0 {
			return
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}, int(left.Milliseconds())+1)
	}
}

func (g *cgroup) write(file, value string) error {
	return os.WriteFile(filepath.Join(g.dir.Name(), file), []byte(value), 0)
}

func (g *cgroup) count(file, key string) int {
	content, _ := os.ReadFile(filepath.Join(g.dir.Name(), file))
	return value(string(content), key)
}

// value finds the number of a key in a file of lines "key number". A key that is missing has none.
func value(content, key string) int {
	for line := range strings.Lines(content) {
		if number, ok := strings.CutPrefix(line, key+" "); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(number))
			return n
		}
	}
	return 0
}

// removeOrphaned ends and removes the groups below parent whose services are gone.
func removeOrphaned(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		o, ok := parseCgroupName(e.Name())
		if !ok || !o.gone() {
			continue
		}
		if f, err := os.Open(filepath.Join(parent, e.Name())); err == nil {
			(&cgroup{f}).close()
		}
	}
}
