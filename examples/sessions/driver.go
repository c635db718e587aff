package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool"
)

// driver sends the sessions through the pool and keeps its own books.
type driver struct {
	plan
	pool   *pool.Pool
	stdout io.Writer
	done   atomic.Int64 // requests answered

	mu     sync.Mutex
	report *report
	pids   map[int]bool // of every worker that was seen
}

func newDriver(p plan, workers *pool.Pool, stdout io.Writer) *driver {
	return &driver{plan: p, pool: workers, stdout: stdout, report: newReport(), pids: make(map[int]bool)}
}

func (d *driver) drive(ctx context.Context) {
	begin := time.Now()
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	watchers.Go(func() { d.watch(watching) })
	sessions := make(chan int)
	var clients sync.WaitGroup
	for range d.clients {
		clients.Go(func() {
			for s := range sessions {
				d.session(ctx, s)
			}
		})
	}
	for s := 0; s < d.sessions && ctx.Err() == nil; s++ {
		sessions <- s
	}
	close(sessions)
	clients.Wait()
	d.report.took = time.Since(begin)
	stop()
	watchers.Wait()
	d.see()
}

// session sends one text, piece by piece, and checks every answer against its own count. It ends early with ctx.
func (d *driver) session(ctx context.Context, number int) {
	name := fmt.Sprintf("text-%d", number)
	random := rand.New(rand.NewPCG(uint64(number), 0))
	var known counts
	for i := range d.requests {
		text := paragraph(random)
		answer, rebound, err := d.insist(ctx, name, text)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.enter(&d.report.unread, "%s: piece %d: %v", name, i+1, err)
			return
		}
		if rebound {
			known = counts{}
		}
		if want := known.read(text); answer != want {
			d.enter(&d.report.lost, "%s: piece %d: the worker says %+v, the client %+v", name, i+1, answer, want)
		}
		d.done.Add(1)
	}
}

// insist sends one piece until it is read. A worker that may have read it without an answer is gone, and with it the
// session's state, so sending it again counts nothing twice.
func (d *driver) insist(ctx context.Context, session, text string) (answer progress, rebound bool, err error) {
	for range 10 {
		begin := time.Now()
		answer, rebound, err = d.read(ctx, session, text)
		d.note(time.Since(begin), rebound, err)
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	return answer, rebound, err
}

func (d *driver) read(ctx context.Context, session, text string) (answer progress, rebound bool, err error) {
	payload, err := json.Marshal(piece{text})
	if err != nil {
		return answer, false, err
	}
	result, err := d.pool.Execute(ctx, "read", payload, pool.Session(session))
	if err != nil {
		return answer, false, err
	}
	return answer, result.Rebound, json.Unmarshal(result.Payload, &answer)
}

// note enters the end of one request into the books.
func (d *driver) note(took time.Duration, rebound bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.report.requests++
	if err != nil {
		d.report.failed[kind(err)]++
		return
	}
	d.report.latencies = append(d.report.latencies, took)
	if rebound {
		d.report.rebound++
	}
}

func (d *driver) enter(list *[]string, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*list = append(*list, fmt.Sprintf(format, args...))
}

// watch prints progress and kills workers at equal distances on the way.
func (d *driver) watch(ctx context.Context) {
	total := int64(d.sessions * d.requests)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	killed, shown := 0, int64(-1)
	for {
		d.see()
		done := d.done.Load()
		if killed < d.kills && done >= total*int64(killed+1)/int64(d.kills+1) && d.kill(ctx) {
			killed++
		}
		if tenth := done * 10 / total; tenth > shown {
			shown = tenth
			fmt.Fprintf(d.stdout, "%3d %%  %d of %d requests  %v\n", tenth*10, done, total, d.pool.Stats().Workers)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// see remembers the processes, to know later whether one is left.
func (d *driver) see() {
	for _, w := range d.pool.Workers() {
		if w.PID != 0 {
			d.pids[w.PID] = true
		}
	}
}

// kill ends a worker without warning, in the middle of whatever it does. It reports false if none serves.
func (d *driver) kill(ctx context.Context) bool {
	workers := slices.DeleteFunc(d.pool.Workers(), func(w pool.WorkerInfo) bool { return !w.State.In(workerfsm.StateServing) })
	if len(workers) == 0 {
		return false
	}
	w := workers[rand.IntN(len(workers))]
	if w.PID == 0 {
		_, err := d.pool.Execute(ctx, "crash", nil)
		fmt.Fprintf(d.stdout, "       a worker was made to crash: %v\n", err)
		return true
	}
	if syscall.Kill(w.PID, syscall.SIGKILL) != nil {
		return false // it was gone before
	}
	fmt.Fprintf(d.stdout, "       killed worker %d (process %d, %s, %d sessions)\n", w.ID, w.PID, w.State, w.Sessions)
	return true
}

// alive returns the processes that are still there.
func (d *driver) alive() (pids []int) {
	for pid := range d.pids {
		if syscall.Kill(pid, 0) == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
