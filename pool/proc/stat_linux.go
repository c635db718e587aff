package proc

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ownerOf is the process in /proc/name, which is a number or "self"; the zero owner if there is none.
func ownerOf(name string) owner {
	content, err := os.ReadFile("/proc/" + name + "/stat")
	if err != nil {
		return owner{}
	}
	o, _ := parseStat(string(content))
	o.namespace = ownNamespace()
	return o
}

// ownNamespace is that of the numbers we see.
func ownNamespace() uint64 {
	var stat unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &stat); err != nil {
		return 0
	}
	return stat.Ino
}

// gone reports that the process has ended. Of a process in another namespace nobody here can tell, and of one that is hidden
// from us (hidepid) only that somebody has its number.
func (o owner) gone() bool {
	if o.namespace != ownNamespace() {
		return false
	}
	content, err := os.ReadFile("/proc/" + strconv.Itoa(o.pid) + "/stat")
	if err != nil {
		return unix.Kill(o.pid, 0) == unix.ESRCH
	}
	now, dead := parseStat(string(content))
	return dead || now.started != o.started
}

// parseStat reads number and start, and whether the process is dead and only waits for its parent. The name of the
// program, which is in brackets, may contain anything.
func parseStat(stat string) (o owner, dead bool) {
	const state, started = 0, 19 // counted after the name
	pid, _, _ := strings.Cut(stat, " ")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) <= started {
		return owner{}, false
	}
	o.pid, _ = strconv.Atoi(pid)
	o.started, _ = strconv.ParseUint(fields[started], 10, 64)
	return o, fields[state] == "Z" || fields[state] == "X"
}
