package proc

import (
	"encoding/json"
	"fmt"
	"math"
	"syscall"
	"time"
)

// maxMessage bounds the messages between the service and a fork server.
const maxMessage = 128 << 10

// order is a message to a fork server. One of Fork, Go and Reap is set.
type order struct {
	Fork  uint64            `json:"fork,omitempty"`  // number of the fork; descriptors come along
	Set   map[string]string `json:"set,omitempty"`   // variables that differ from those the server was started with
	Unset []string          `json:"unset,omitempty"` // variables that the process does not have, although the server was started with them
	Dir   string            `json:"cwd,omitempty"`
	Go    uint64            `json:"go,omitempty"`   // number of the fork whose process may run
	Reap  int               `json:"reap,omitempty"` // pid of a process that has ended
}

// answer is a message from a fork server. One of Ready, Refused, Forked, Failed and Exited is set.
type answer struct {
	Ready   bool      `json:"ready"`
	Refused string    `json:"refused"`
	Sources []string  `json:"sources"` // absolute paths, with Ready or Refused
	Forked  uint64    `json:"forked"`  // number of a fork; the pidfd comes along
	PID     int       `json:"pid"`
	Failed  uint64    `json:"failed"` // number of a fork
	Reason  string    `json:"reason"`
	Exited  int       `json:"exited"` // pid of a process that was reaped
	Status  uint32    `json:"status"` // as of wait
	Rusage  []float64 `json:"rusage"` // seconds as a user, seconds in the system, KiB of memory at most
}

// decodeAnswer takes nothing for granted: the process that sent it runs its author's code.
func decodeAnswer(b []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return answer{}, fmt.Errorf("message %.100q: %w", b, err)
	}
	kinds := 0
	for _, is := range []bool{a.Ready, a.Refused != "", a.Forked > 0, a.Failed > 0, a.Exited > 0} {
		if is {
			kinds++
		}
	}
	if kinds != 1 || a.Forked > 0 && a.PID <= 1 {
		return answer{}, fmt.Errorf("message %.100q: want one of ready, refused, forked with a pid, failed and exited", b)
	}
	return a, nil
}

// exit is what an answer with Exited says.
func (a answer) exit() Exit {
	e := exitOf(syscall.WaitStatus(a.Status))
	if len(a.Rusage) == 3 {
		e.User, e.System = seconds(a.Rusage[0]), seconds(a.Rusage[1])
		e.MaxRSS = int64(bounded(a.Rusage[2]*(1<<10), math.MaxInt64/2))
	}
	return e
}

func seconds(s float64) time.Duration {
	return time.Duration(bounded(s*float64(time.Second), math.MaxInt64/2))
}

func bounded(v, limit float64) float64 { return max(0, min(v, limit)) }
