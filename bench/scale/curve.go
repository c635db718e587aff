// Package scale measures how checking a spec and generating code from it grow with the spec.
package scale

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// Point is the time of one size.
type Point struct {
	States    int
	Code      int           // bytes of Go
	Check     time.Duration // parsing and checking
	Explore   time.Duration // what `fsmgen check` does beyond
	Generate  time.Duration
	Allocated uint64 // bytes in all, by checking and generating
	Memory    uint64 // bytes that the process has from the system by then
}

// Curve measures the sizes, smallest first, each as the median of a few runs.
func Curve(sizes ...int) ([]Point, error) {
	var points []Point
	for _, n := range sizes {
		const runs = 5
		all := make([]Point, runs)
		for i := range all {
			p, err := measure(n)
			if err != nil {
				return nil, err
			}
			all[i] = p
		}
		slices.SortFunc(all, func(a, b Point) int { return int(a.Check + a.Generate - b.Check - b.Generate) })
		points = append(points, all[runs/2])
	}
	return points, nil
}

func measure(states int) (Point, error) {
	p, source := Point{States: states}, big(states)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	since := time.Now()
	m, found := spec.Load("big.fsm.yaml", source)
	p.Check = time.Since(since)
	if found.HasErrors() {
		return p, fmt.Errorf("%d states: %v", states, found)
	}
	since = time.Now()
	files, err := gen.Files(m, gen.Options{Only: []gen.Kind{gen.Go}})
	p.Generate = time.Since(since)
	runtime.ReadMemStats(&after)
	if err != nil {
		return p, err
	}
	since = time.Now()
	verify.Machine(m)
	p.Explore = time.Since(since)
	for _, f := range files {
		p.Code += len(f.Content)
	}
	p.Allocated, p.Memory = after.TotalAlloc-before.TotalAlloc, after.Sys
	return p, nil
}

// big is a spec with that many states and five times as many transitions.
func big(states int) []byte {
	var b strings.Builder
	b.WriteString("fsm: 1\nmachine: big\nevents: {e0: {}, e1: {}, e2: {}, e3: {}, e4: {}}\nactions: {a: {}}\ninitial: s0\nstates:\n")
	for i := range states {
		fmt.Fprintf(&b, "  s%d: {entry: a, on: {", i)
		for e := range 5 {
			fmt.Fprintf(&b, "e%d: s%d, ", e, (i*7+e+1)%states)
		}
		b.WriteString("}}\n")
	}
	return []byte(b.String())
}

// Title is that of the curve.
const Title = "Checking and generating specs of many states, five transitions each"

// Markdown is the curve as a table.
func Markdown(points []Point) string {
	var b strings.Builder
	b.WriteString("\n### " + Title + "\n\n")
	b.WriteString("| states | check in ms | explore in ms | generate in ms | allocated MB | process MB | code kB |\n")
	b.WriteString("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, p := range points {
		fmt.Fprintf(&b, "| %d | %.1f | %.1f | %.1f | %d | %d | %d |\n",
			p.States, ms(p.Check), ms(p.Explore), ms(p.Generate), p.Allocated>>20, p.Memory>>20, p.Code>>10)
	}
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
