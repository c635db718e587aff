package compare

import (
	"runtime"
	"time"
)

// Loops is work whose single piece is too short for a clock.
type Loops struct {
	Title  string
	Limit  Loop
	Others []Loop
}

// Loop is one way to do such work.
type Loop struct {
	Name string
	Goal float64 // as in [Candidate]
	// Run does the work n times.
	Run func(n int) error
}

// Group measures each loop for about d per round: time, bytes and allocations for one piece of work. The time is judged.
func (l Loops) Group(d time.Duration) Group {
	g := Group{
		Title:   l.Title,
		Figures: []Figure{{Name: "ns"}, {Name: "bytes"}, {Name: "allocs"}},
		Limit:   l.Limit.candidate(d),
	}
	for _, other := range l.Others {
		g.Others = append(g.Others, other.candidate(d))
	}
	return g
}

func (l Loop) candidate(d time.Duration) Candidate {
	n := 0
	return Candidate{Name: l.Name, Goal: l.Goal, Measure: func() ([]float64, error) {
		if n == 0 {
			var err error
			if n, err = l.calibrate(d); err != nil {
				return nil, err
			}
		}
		return l.measure(n)
	}}
}

// calibrate returns how often the work is done in about d.
func (l Loop) calibrate(d time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		start := time.Now()
		if err := l.Run(n); err != nil {
			return 0, err
		}
		if took := time.Since(start); took >= d/4 {
			return max(1, int(float64(n)*float64(d)/float64(took))), nil
		}
	}
}

func (l Loop) measure(n int) ([]float64, error) {
	runtime.GC() // what others left is not cleared away on this one's time
	before := ReadAllocated()
	start := time.Now()
	err := l.Run(n)
	took := time.Since(start)
	after := ReadAllocated()
	each := func(total uint64) float64 { return float64(total) / float64(n) }
	return []float64{each(uint64(took)), each(after.Bytes - before.Bytes), each(after.Objects - before.Objects)}, err
}
