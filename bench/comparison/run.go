// Package comparison holds the pool of this module against a basic one: a channel of links to the same worker processes, as
// a program would write it for itself. It measures what the full pool costs while nothing fails, and what becomes of both
// when something does, and writes a page of it.
package comparison

import (
	"context"
	"errors"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

// Options are the amounts to measure.
type Options struct {
	Rounds  int           // of the costs
	Faults  int           // how often each fault is brought about
	Echo    time.Duration // for how long each load is measured in a round
	Workers int
	Clients []int
}

// Measurements are the figures of the page.
type Measurements struct {
	Options  Options
	Costs    []compare.Report
	Faults   []FaultRow
	Sessions []SessionRow
}

// FaultRow is the list of outcomes of a fault in one kind of pool.
type FaultRow struct {
	Fault    string
	Kind     string
	Outcomes []Outcome
}

// SessionRow is the list of outcomes of the sessions of one kind of pool.
type SessionRow struct {
	Kind   string
	Killed bool // a worker was killed
	Fates  []Fate
}

// Run measures everything, and tells progress what it begins. No process is left when it returns.
func Run(ctx context.Context, kinds Kinds, o Options, progress func(what string)) (*Measurements, error) {
	m := &Measurements{Options: o}
	progress("costs")
	if err := m.costs(ctx, kinds); err != nil {
		return nil, err
	}
	progress("faults")
	if err := m.faults(ctx, kinds); err != nil {
		return nil, err
	}
	progress("sessions")
	return m, m.sessions(ctx, kinds)
}

// costs measures the pools under load, and then, when none of them runs any more, what a pool costs that has started.
func (m *Measurements) costs(ctx context.Context, kinds Kinds) error {
	if err := m.loads(ctx, kinds); err != nil {
		return err
	}
	started, err := compare.Run(ctx, []compare.Group{startGroup(ctx, kinds, m.Options.Workers)}, m.Options.Rounds, func(int) {})
	m.Costs = append(m.Costs, started...)
	return err
}

func (m *Measurements) loads(ctx context.Context, kinds Kinds) (err error) {
	var pools []Pool
	defer func() {
		for _, p := range pools {
			err = errors.Join(err, p.Close())
		}
	}()
	for _, k := range []Kind{kinds.Basic, kinds.Full, kinds.Recycling} {
		p, err := k.Start(ctx, m.Options.Workers)
		if err != nil {
			return err
		}
		pools = append(pools, p)
	}
	var groups []compare.Group
	for _, clients := range m.Options.Clients {
		groups = append(groups, loadGroup(ctx, pools[0], pools[1], clients, m.Options.Echo))
	}
	defaults := loadGroup(ctx, pools[0], pools[2], m.Options.Workers, m.Options.Echo)
	defaults.Title += recyclingTitle
	m.Costs, err = compare.Run(ctx, append(groups, defaults), m.Options.Rounds, func(int) {})
	return err
}

// faults takes the kinds in turn, so that what disturbs the machine disturbs both.
func (m *Measurements) faults(ctx context.Context, kinds Kinds) error {
	measures := map[string]func(Kind) (Outcome, error){}
	var names []string
	for _, f := range Faults() {
		names = append(names, f.Name)
		measures[f.Name] = func(k Kind) (Outcome, error) { return f.Measure(ctx, k, m.Options.Workers) }
	}
	names = append(names, "crashes at its start")
	measures["crashes at its start"] = func(k Kind) (Outcome, error) { return MeasureCrashAtStart(ctx, k, m.Options.Workers) }
	for _, name := range names {
		rows := []FaultRow{{Fault: name, Kind: kinds.Basic.Name}, {Fault: name, Kind: kinds.Full.Name}}
		for range m.Options.Faults {
			for i, k := range []Kind{kinds.Basic, kinds.Full} {
				o, err := measures[name](k)
				if err != nil {
					return err
				}
				rows[i].Outcomes = append(rows[i].Outcomes, o)
			}
		}
		m.Faults = append(m.Faults, rows...)
	}
	return nil
}

func (m *Measurements) sessions(ctx context.Context, kinds Kinds) error {
	for _, killed := range []bool{false, true} {
		for _, k := range []Kind{kinds.Basic, kinds.Full, kinds.Checkpoint} {
			row := SessionRow{Kind: k.Name, Killed: killed}
			for range m.Options.Faults {
				fate, err := MeasureSessions(ctx, k, m.Options.Workers, killed)
				if err != nil {
					return err
				}
				row.Fates = append(row.Fates, fate)
			}
			m.Sessions = append(m.Sessions, row)
		}
	}
	return nil
}
