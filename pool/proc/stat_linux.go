package proc

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stat is what the kernel tells of a process.
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
