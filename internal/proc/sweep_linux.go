package proc

import (
	"bytes"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// sweepPasses bounds how often a sweep looks again, because a process may have started another one before it was
	// killed, or while we looked elsewhere.
	sweepPasses = 10
	// sweepGrace bounds the wait for the end of what was killed.
	sweepGrace = time.Second
	// execLooks and execPause bound the wait for a process that loads a program.
	execLooks = 200
	execPause = time.Millisecond
)

// sweep kills every other process whose mark matches.
func sweep(match func(owner, mark) bool) ([]Stray, error) {
	var strays []Stray
	immortal := map[int]bool{}
	for pass := range sweepPasses {
		killed := 0
		found, err := sweepOnce(match)
		for _, s := range found {
			if !immortal[s.PID] {
				strays = append(strays, s)
			}
			if immortal[s.PID] = s.Err != nil; s.Err == nil {
				killed++
			}
		}
		if err != nil || killed == 0 && pass > 0 {
			return strays, err
		}
	}
	return strays, nil
}

func sweepOnce(match func(owner, mark) bool) ([]Stray, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var strays []Stray
	deadline := time.Now().Add(sweepGrace)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() || !marked(pid, match) {
			continue
		}
		s, ours, err := end(pid, match, deadline)
		if err != nil {
			return strays, err
		}
		if ours {
			strays = append(strays, s)
		}
	}
	return strays, nil
}

// end kills the process pid if its mark matches, and waits for its end. The number may have been given to another process
// since it was listed; the pidfd cannot be, so what is read while it lives is of the process it kills.
func end(pid int, match func(owner, mark) bool, deadline time.Time) (s Stray, ours bool, err error) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return s, false, nil
	}
	if err != nil {
		return s, false, os.NewSyscallError("pidfd_open", err)
	}
	defer unix.Close(pidfd)
	if !marked(pid, match) {
		return s, false, nil
	}
	name, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	s = Stray{PID: pid, Command: strings.TrimSpace(string(name)), Run: runOf(pid)}
	s.Err = unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0)
	if errors.Is(s.Err, unix.ESRCH) {
		return s, false, nil // it has ended by itself, or was another one
	}
	if s.Err == nil {
		awaitEnd(pidfd, deadline)
	}
	return s, true, nil
}

func marked(pid int, match func(owner, mark) bool) bool {
	m, ok := parseMark(runOf(pid))
	return ok && match(ownerOf(strconv.Itoa(pid)), m)
}

// runOf is the FSMPOOL_RUN that a process was started with; empty if it has none, has ended, or is none of our business.
func runOf(pid int) string {
	for kv := range bytes.SplitSeq(environOf(pid), []byte{0}) {
		if value, ok := bytes.CutPrefix(kv, []byte(EnvRun+"=")); ok {
			return string(value)
		}
	}
	return ""
}

// environOf waits for a process that is between two programs, as it has no environment then.
func environOf(pid int) []byte {
	for range execLooks {
		environ, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil || len(environ) > 0 || !inExec(pid) {
			return environ
		}
		time.Sleep(execPause)
	}
	return nil
}

// inExec reports whether a process has memory, but no place in it for an environment yet.
func inExec(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	const memory, environmentEnd = 20, 48 // counted after the name of the program
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return len(fields) > environmentEnd && fields[memory] != "0" && fields[environmentEnd] == "0"
}

// awaitEnd waits until the process of pidfd has ended, or until the deadline.
func awaitEnd(pidfd int, deadline time.Time) {
	for {
		left := max(0, time.Until(deadline))
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, int(left.Milliseconds()))
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// A service may replace its program in place (syscall.Exec), for an upgrade. The exec closes the lifelines, so the kernel kills
// the workers of the earlier program; but they stay children of this process, which does not know of them, and would be zombies
// until its end.

// moment is when a process or thread was started. Within a tick the numbers tell which came first, as they are given out in
// turn.
type moment struct {
	ticks  uint64 // after the start of the machine
	number int
}

func (m moment) before(o moment) bool {
	return m.ticks < o.ticks || m.ticks == o.ticks && m.number < o.number
}

// imageStart is when the program of this process began to run: the start of the oldest thread beside the first, since an exec
// ends all others, and the runtime starts one at once. A process that was started before that is of an earlier program.
func imageStart() moment {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return moment{}
	}
	oldest := moment{ticks: math.MaxUint64}
	for _, t := range threads {
		if t.Name() == strconv.Itoa(os.Getpid()) {
			continue
		}
		content, err := os.ReadFile("/proc/self/task/" + t.Name() + "/stat")
		if s, ok := parseStat(string(content)); err == nil && ok && s.began().before(oldest) {
			oldest = s.began()
		}
	}
	if oldest.ticks == math.MaxUint64 {
		return moment{}
	}
	return oldest
}

func (s stat) began() moment { return moment{s.started, s.pid} }

const (
	earlierLooks = 10
	earlierPause = 20 * time.Millisecond
)

// reapEarlier reaps workers of an earlier program of this process, and waits a little for those that are just ending. Once
// there are none it does nothing any more. s.start is held.
func (s *Spawner) reapEarlier() {
	for look := 0; s.before != (moment{}) && look < earlierLooks; look++ {
		pending := reapKilledBefore(s.before)
		if pending == 0 {
			s.before = moment{}
			return
		}
		time.Sleep(earlierPause)
	}
}

// reapKilledBefore reaps the children that are workers of a program before the given time, and returns how many are still
// ending.
func reapKilledBefore(began moment) (pending int) {
	self := os.Getpid()
	session := ownSession()
	eachProcess(func(s stat) {
		if !s.isEarlierWorker(self, session, began) {
			return
		}
		if !s.dead {
			pending++
			return
		}
		_, _ = retry(func() (int, error) { return syscall.Wait4(s.pid, nil, syscall.WNOHANG, nil) })
	})
	return pending
}

func ownSession() int {
	content, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	s, _ := parseStat(string(content))
	return s.session
}

// isEarlierWorker reports whether s is a child of this process that an earlier program started as a worker is started, at the
// head of a group of its own in the session of the service, and that was killed by SIGKILL, as a lifeline does, or is ending. No
// other child is touched: the program may have been told of it.
func (s stat) isEarlierWorker(self, session int, began moment) bool {
	if s.parent != self || s.group != s.pid || s.session != session || !s.began().before(began) {
		return false
	}
	return s.exiting && !s.dead || s.dead && s.exitCode == int(syscall.SIGKILL)
}
