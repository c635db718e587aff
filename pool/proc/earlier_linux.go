package proc

import (
	"math"
	"os"
	"strconv"
	"syscall"
	"time"
)

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
