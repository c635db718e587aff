package pool

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestSignal_HangUpReachesEveryWorker sends SIGHUP to each process again and again while it serves, as a service manager does that
// sends it to all processes of a service: no request fails, and no worker goes.
func TestSignal_HangUpReachesEveryWorker(t *testing.T) {
	parallel := filepath.Join(t.TempDir(), "parallel.py")
	code := "import time\nfrom fsmpool import worker\n@worker.command\ndef sleep(args): time.sleep(args['seconds'])\nworker.run(slots=4)\n"
	if err := os.WriteFile(parallel, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"several at once":       {Size: Size{Min: 2}, Slots: 4, Source: Python(parallel)},
		"one request at a time": {Size: Size{Min: 2}},
		"of a fork server":      {Size: Size{Min: 2}, Source: &ProcessSource{Script: "testdata/worker.py", Fork: true}},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPython(t, c)
			slots := 2 * max(1, c.Slots)
			var clients sync.WaitGroup
			for range slots {
				clients.Go(func() {
					for range 20 {
						if _, err := p.Execute(t.Context(), "sleep", []byte(`{"seconds": 0.01}`)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			done := make(chan struct{})
			go func() { clients.Wait(); close(done) }()
			for sent := 0; ; sent++ {
				for _, w := range p.Workers() {
					if w.PID == 0 { // 0 is the group of this process
						t.Fatalf("worker %d has no process: it has been replaced", w.ID)
					}
					if err := syscall.Kill(w.PID, syscall.SIGHUP); err != nil {
						t.Fatal(err)
					}
				}
				select {
				case <-done:
					if s := p.Stats(); sent == 0 || s.Crashes > 0 || s.Failures > 0 || s.Started != 2 {
						t.Errorf("after %d signals: %+v; want the workers of before", sent, s)
					}
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
}
