package comparison

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

//go:embed comparison.md.tmpl
var pageText string

// Where the candidates are among the rows of a report.
const (
	basicRow = iota
	fullRow
	againRow // the basic pool once more
)

// Cost is one figure of both pools.
type Cost struct {
	Work, Figure string
	Basic, Full  float64        // medians
	Ratio        compare.Spread // of full to basic, in the same round
	Noise        compare.Spread // of basic to itself
	MoreIsBetter bool
}

// Verdict is the result of a comparison: whether the full pool is worse.
type Verdict string

// The verdicts. A difference is noise that is not larger than those of half of the ratios of the basic pool to itself, to
// whichever side.
const (
	Regression Verdict = "regression"
	Noise      Verdict = "within the noise"
	NoWorse    Verdict = ""
)

// Verdict judges the median ratio.
func (c Cost) Verdict() Verdict {
	ratio, noise := c.Ratio.Median, max(c.Noise.Upper, 1/c.Noise.Lower)
	if c.MoreIsBetter {
		ratio = 1 / ratio
	}
	switch {
	case ratio > noise:
		return Regression
	case ratio > 1:
		return Noise
	default:
		return NoWorse
	}
}

// Costs returns every figure of the reports.
func Costs(reports []compare.Report) []Cost {
	var costs []Cost
	for _, r := range reports {
		for i, figure := range r.Group.Figures {
			costs = append(costs, Cost{
				Work: r.Group.Title, Figure: figure.Name, MoreIsBetter: figure.MoreIsBetter,
				Basic: compare.NewSpread(r.Rows[basicRow].Values[i]).Median,
				Full:  compare.NewSpread(r.Rows[fullRow].Values[i]).Median,
				Ratio: r.FigureRatio(fullRow, i), Noise: r.FigureRatio(againRow, i),
			})
		}
	}
	return costs
}

// Regressed is one figure in which the full pool is worse, and why.
type Regressed struct {
	Figure string
	Costs  []Cost
	Why    string
}

// regressions returns the costs that are worse, by figure, with the reason that the template of that name gives.
func regressions(costs []Cost, reasons *template.Template) ([]Regressed, error) {
	var all []Regressed
	for _, c := range costs {
		if c.Verdict() != Regression {
			continue
		}
		i := slices.IndexFunc(all, func(r Regressed) bool { return r.Figure == c.Figure })
		if i < 0 {
			var why strings.Builder
			if err := reasons.ExecuteTemplate(&why, "why: "+c.Figure, nil); err != nil {
				return nil, err
			}
			all = append(all, Regressed{Figure: c.Figure, Why: strings.TrimSpace(why.String())})
			i = len(all) - 1
		}
		all[i].Costs = append(all[i].Costs, c)
	}
	return all, nil
}

// Page returns the page. Conditions is the line that says under which ones the measurements were made.
func (m *Measurements) Page(conditions string) (string, error) {
	t, err := parsePage()
	if err != nil {
		return "", err
	}
	costs := Costs(m.Costs)
	worse, err := regressions(costs, t)
	if err != nil {
		return "", err
	}
	var page strings.Builder
	err = t.Execute(&page, map[string]any{
		"Conditions": strings.TrimSpace(conditions), "Options": m.Options, "Costs": costs, "Regressions": worse,
		"Faults": m.Faults, "Sessions": m.Sessions,
		"Patience": patience, "Watched": watched, "SessionCount": sessionCount, "SessionRequests": sessionRequests,
		"FaultClients": faultClients, "FaultRequests": faultRequests, "WarmUp": warmUp,
	})
	return page.String(), err
}

func parsePage() (*template.Template, error) {
	return template.New("comparison").Funcs(template.FuncMap{
		"number": compare.Number,
		"span":   func(s compare.Spread) string { return compare.Number(s.Low) + ".." + compare.Number(s.High) },
		"middle": func(s compare.Spread) string { return compare.Number(s.Lower) + ".." + compare.Number(s.Upper) },
	}).Parse(pageText)
}

// Recovered is the median time of a fault, and the slowest; "never" where the pool did not recover once.
func (r FaultRow) Recovered() string {
	times := []time.Duration{}
	for _, o := range r.Outcomes {
		if o.Recovery >= 0 {
			times = append(times, o.Recovery)
		}
	}
	slices.Sort(times)
	ms := func(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }
	switch missing := len(r.Outcomes) - len(times); {
	case len(times) == 0:
		return "never"
	case missing > 0:
		return fmt.Sprintf("%d ms, never in %d of %d", ms(times[len(times)/2]), missing, len(r.Outcomes))
	default:
		return fmt.Sprintf("%d ms, at most %d", ms(times[len(times)/2]), ms(times[len(times)-1]))
	}
}

// Failures is the median of the requests that failed, and the most.
func (r FaultRow) Failures() string {
	o := slices.SortedFunc(slices.Values(r.Outcomes), func(a, b Outcome) int { return cmp.Compare(a.Failed, b.Failed) })
	return fmt.Sprintf("%d of %d, at most %d", o[len(o)/2].Failed, o[0].Sent, o[len(o)-1].Failed)
}

// Total is the sum of all fates.
func (r SessionRow) Total() (total Fate) {
	for _, f := range r.Fates {
		total.Whole += f.Whole
		total.Reported += f.Reported
		total.Silent += f.Silent
	}
	return total
}
