package proc_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestOutput_Flood(t *testing.T) {
	s := shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; seq 20000 >&2; echo end >&2")
	s.OutputLines = 3
	var count atomic.Int64
	s.Output = func(l proc.Line) { count.Add(1 + int64(l.Missed)) }
	p := start(t, s)
	if exit := awaitExit(t, p); !exit.OK() {
		t.Fatalf("exit = %s; want the flood not to block the worker", exit)
	}
	var got []string
	for _, l := range p.Output() {
		got = append(got, l.Stream.String()+": "+l.Text)
	}
	slices.Sort(got) // what the streams say at the same time is read in any order
	want := []string{
		"stderr: 19999", "stderr: 20000", "stderr: end", "stdout: line 19997", "stdout: line 19998", "stdout: line 19999",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last lines (-want +got):\n%s", diff)
	}
	p.Close() // waits for the last line
	if n := count.Load(); n != 40001 {
		t.Errorf("Spec.Output got or missed %d lines; want 40001", n)
	}
}

func TestOutput_LongLineIsCut(t *testing.T) {
	s := shell("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo next")
	s.LineBytes = 100
	p := start(t, s)
	awaitExit(t, p)
	lines := p.Output()
	if len(lines) != 2 || lines[0].Text != strings.Repeat("x", 100) || lines[0].Dropped != 3000000-100 {
		t.Fatalf("Output() = %v; want 100 bytes, 2999900 dropped, and a second line", lines)
	}
	if lines[1].Text != "next" || lines[1].Dropped != 0 {
		t.Errorf("line after the long one = %v; want it whole", lines[1])
	}
}

func TestOutput_LineWithoutAnEnd(t *testing.T) {
	s := shell("printf 'loading model' >&2; echo now; read line <&3")
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	await(t, "line", lines)
	if _, err := fmt.Fprintln(p.Data(), "go on"); err != nil {
		t.Fatal(err)
	}
	awaitExit(t, p)
	if diff := cmp.Diff([]string{"now", "loading model"}, strings.Split(p.Tail(), "\n")); diff != "" {
		t.Errorf("Tail() (-want +got):\n%s", diff)
	}
}

func TestOutput_WithoutAListener(t *testing.T) {
	s := shell("seq 100000; printf unfinished")
	s.OutputLines = -1
	p := start(t, s)
	if exit := awaitExit(t, p); !exit.OK() {
		t.Errorf("exit = %s", exit)
	}
	if lines := p.Output(); len(lines) != 0 {
		t.Errorf("Output() = %v; want none", lines)
	}
}

func TestOutput_SlowListener(t *testing.T) {
	s := shell("echo something; exit 4")
	listen := make(chan struct{})
	s.Output = func(proc.Line) { <-listen }
	p := start(t, s)
	t.Cleanup(func() { close(listen) }) // before the spawner's Close, which waits for the listener
	if exit := awaitExit(t, p); exit.Code != 4 {
		t.Errorf("exit = %s; want status 4", exit)
	}
	if got := p.Tail(); got != "something" {
		t.Errorf("Tail() = %q; want what was read", got)
	}
}
