package proc

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lifelineKills is false: a group is killed before its leader is reaped.
const lifelineKills = false

// awaitGroup takes the statuses of what is left of a killed group, which only process 1 can.
func awaitGroup(group int, _ time.Duration) {
	for {
		if _, err := retry(func() (int, error) { return syscall.Wait4(-group, nil, syscall.WNOHANG, nil) }); err != nil {
			return
		}
	}
}

type memoryTable struct{}

func (*memoryTable) group(int) (int64, error) { return 0, errors.ErrUnsupported }

type moment struct {
	ticks  uint64
	number int
}

// before is never asked: nothing is known here of an earlier program.
func (moment) before(moment) bool { return false }

func imageStart() moment { return moment{} }

func (*Spawner) reapEarlier() {}

// ownerOf is this process; there is no list of the others here.
func ownerOf(string) owner { return owner{pid: os.Getpid()} }

// gone cannot be known here.
func (owner) gone() bool { return false }

// sweep cannot see the environment of other processes here.
func sweep(func(owner, mark) bool) ([]Stray, error) { return nil, errors.ErrUnsupported }
