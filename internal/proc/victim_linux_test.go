package proc_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func init() {
	roles["service"] = service
	roles["suicide"] = suicide
}

// program is the part of a Spec that can be told.
type program struct {
	Path      string
	Args, Env []string
}

func programs(specs ...proc.Spec) []program {
	var all []program
	for _, s := range specs {
		all = append(all, program{s.Path, s.Args, s.Env})
	}
	return all
}

func (p program) spec() proc.Spec { return proc.Spec{Path: p.Path, Args: p.Args, Env: p.Env} }

// orders are what a service of the tests is to do.
type orders struct {
	Name      string    // of the service
	Megabytes int       // that it has in use: a big one dies slowly
	Workers   []program // each prints one line that begins with "ready"
	Forked    []program // the same, by a fork server
	Cgroups   string    // parent of a group for each of Workers, if set
	Starts    bool      // goes on to start Workers and Forked until it ends, and says "started" each time
}

func (o orders) String() string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// service carries out orders, passes on what the workers print, and waits to be killed.
func service(args []string) int {
	var o orders
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return complain(err)
	}
	ballast := make([]byte, o.Megabytes<<20)
	for i := 0; i < len(ballast); i += os.Getpagesize() {
		ballast[i] = 1
	}
	defer runtime.KeepAlive(ballast)
	s := proc.Spawner{Service: o.Name}
	if err := o.startAll(&s, &proc.ForkServer{Spawner: &s}); err != nil {
		return complain(err)
	}
	select {}
}

// suicide starts a worker and ends before it has a lifeline.
func suicide(args []string) int {
	var p program
	if err := json.Unmarshal([]byte(args[0]), &p); err != nil {
		return complain(err)
	}
	return complain(proc.ForkAndDie(p.spec()))
}

func (o orders) startAll(s *proc.Spawner, f *proc.ForkServer) error {
	var printing sync.Mutex
	print := func(l proc.Line) {
		printing.Lock()
		defer printing.Unlock()
		fmt.Println(l.Text)
	}
	for {
		for i, p := range slices.Concat(o.Workers, o.Forked) {
			spec := p.spec()
			var from starts = s
			if i >= len(o.Workers) {
				from = f
			}
			spec.Output = print
			if o.Starts {
				spec.Output = nil
			}
			if o.Cgroups != "" {
				spec.Cgroup = &proc.Cgroup{Parent: o.Cgroups}
			}
			if _, err := from.Start(spec); err != nil {
				return err
			}
			if o.Starts {
				fmt.Println("started")
			}
		}
		if !o.Starts {
			return nil
		}
	}
}

// victim is a service to be killed.
type victim struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startVictim(t *testing.T, o orders) *victim {
	t.Helper()
	cmd := exec.Command(self(), o.String())
	cmd.Env, cmd.Stderr = roleEnv("service"), os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	return &victim{cmd: cmd, lines: bufio.NewScanner(out)}
}

// awaitReady waits for that many lines that begin with "ready", and returns the numbers in them.
func (v *victim) awaitReady(t *testing.T, lines int) []int {
	t.Helper()
	var pids []int
	for lines > 0 {
		if !v.lines.Scan() {
			t.Errorf("the service ended: %v", v.lines.Err())
			return nil
		}
		if text := v.lines.Text(); strings.HasPrefix(text, "ready") || text == "started" {
			pids = append(pids, numbers(text)...)
			lines--
		}
	}
	return pids
}

func (v *victim) kill(t *testing.T) {
	t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = v.cmd.Wait() // says that it was killed
}
