package proc

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
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
// since it was listed; the pidfd cannot be, so what is read while it lives is of whom it kills.
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
