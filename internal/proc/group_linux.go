package proc

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lifelineKills says that cutting a lifeline kills what is left of the group, after the end of the process that led it, too.
const lifelineKills = true

// Pauses between two looks at a group.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 100 * time.Millisecond
)

// awaitGroup waits until nothing of the group is alive, or until the grace is over. Members that this service has adopted, as
// process 1 of a container does, are reaped.
//
// The leader has been reaped, so the number may be that of another group once the last member has ended. Nothing is sent to it,
// and a wrong answer costs no more than the grace.
func awaitGroup(group int, grace time.Duration) {
	deadline := time.Now().Add(grace)
	for pause := firstLook; groupExists(group) && reapMembers(group); pause = min(2*pause, lastLook) {
		left := time.Until(deadline)
		if left <= 0 {
			return
		}
		time.Sleep(min(pause, left))
	}
}

func groupExists(group int) bool { return syscall.Kill(-group, 0) != syscall.ESRCH }

// reapMembers reaps the dead members that are our children, and reports whether one is alive. The leader is left alone: of
// that number only the leader of another group can be.
func reapMembers(group int) (alive bool) {
	self := os.Getpid()
	eachProcess(func(s stat) {
		switch {
		case s.group != group:
		case !s.dead:
			alive = true
		case s.parent == self && s.pid != group:
			_, _ = retry(func() (int, error) { return syscall.Wait4(s.pid, nil, syscall.WNOHANG, nil) })
		}
	})
	return alive
}

// eachProcess calls f with every process that we see. Without /proc there is none.
func eachProcess(f func(stat)) {
	dir, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return
	}
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		if content, err := os.ReadFile("/proc/" + name + "/stat"); err == nil {
			if s, ok := parseStat(string(content)); ok {
				f(s)
			}
		}
	}
}

// memoryAge is how old an answer of a memoryTable may be.
const memoryAge = 200 * time.Millisecond

// memoryTable is the memory of the groups that were asked for, so that many that are asked for at the same time cost one look.
type memoryTable struct {
	mu     sync.Mutex // held while one looks, since all want the same
	at     time.Time
	groups map[int]int64 // bytes by group
}

func (m *memoryTable) group(group int) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	bytes, known := m.groups[group]
	if !known || time.Since(m.at) >= memoryAge {
		m.look(group)
		bytes, known = m.groups[group]
	}
	if !known {
		return 0, os.ErrProcessDone
	}
	return bytes, nil
}

// look replaces the numbers of all groups that were asked for and are there, and adds one.
func (m *memoryTable) look(more int) {
	groups, page := map[int]int64{}, int64(os.Getpagesize())
	eachProcess(func(s stat) {
		if _, asked := m.groups[s.group]; !asked && s.group != more {
			return
		}
		pages := s.resident
		if s.pid != s.group {
			pages -= sharedPages(s.pid)
		}
		groups[s.group] += max(0, pages) * page
	})
	m.groups, m.at = groups, time.Now()
}

// sharedPages is how many of the resident pages of a process are of files or of shared memory.
func sharedPages(pid int) int64 {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	return sharedOf(string(content))
}

// stat is the record of a process in /proc.
type stat struct {
	pid, parent, group, session int
	dead                        bool   // and only waits for its parent
	exiting                     bool   // on its way there
	started                     uint64 // ticks after the start of the machine
	resident                    int64  // pages
	exitCode                    int    // as of wait, of a dead one
}

// ownerOf is the process in /proc/name, which is a number or "self"; the zero owner if there is none.
func ownerOf(name string) owner {
	content, err := os.ReadFile("/proc/" + name + "/stat")
	if err != nil {
		return owner{}
	}
	s, _ := parseStat(string(content))
	return owner{pid: s.pid, started: s.started, namespace: ownNamespace()}
}

// ownNamespace is that of the numbers we see.
func ownNamespace() uint64 {
	var stat unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &stat); err != nil {
		return 0
	}
	return stat.Ino
}

// gone reports that the process has ended. Of a process in another namespace nothing can be told, and of one that is hidden
// from us (hidepid) only that there is one with its number.
func (o owner) gone() bool {
	if o.namespace != ownNamespace() {
		return false
	}
	content, err := os.ReadFile("/proc/" + strconv.Itoa(o.pid) + "/stat")
	if err != nil {
		return unix.Kill(o.pid, 0) == unix.ESRCH
	}
	now, _ := parseStat(string(content))
	return now.dead || now.started != o.started
}

// exitingFlag is PF_EXITING of the kernel.
const exitingFlag = 0x4

// parseStat reads a line of /proc/PID/stat. The name of the program, which is in brackets, may contain anything.
func parseStat(line string) (s stat, ok bool) {
	const state, parent, group, session, flags, started, resident, exitCode = 0, 1, 2, 3, 6, 19, 21, 49 // counted after the name
	pid, _, _ := strings.Cut(line, " ")
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) <= resident {
		return stat{}, false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(fields[i])
		return n
	}
	s.pid, _ = strconv.Atoi(pid)
	s.parent, s.group, s.session = number(parent), number(group), number(session)
	s.dead = fields[state] == "Z" || fields[state] == "X"
	s.exiting = number(flags)&exitingFlag != 0
	s.started, _ = strconv.ParseUint(fields[started], 10, 64)
	s.resident = int64(number(resident))
	if len(fields) > exitCode {
		s.exitCode = number(exitCode)
	}
	return s, true
}

// sharedOf is the third number of /proc/PID/statm.
func sharedOf(line string) int64 {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[2], 10, 64)
	return n
}

func pipe() (fds [2]int, err error) {
	err = unix.Pipe2(fds[:], unix.O_CLOEXEC)
	return fds, err
}

func socketpair() ([2]int, error) {
	return unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
}

// packetpair keeps messages apart, and with each the descriptors that came along.
func packetpair() ([2]int, error) {
	return unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
}
