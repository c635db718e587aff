package compare

// Group is work that several candidates do.
type Group struct {
	Title   string
	Figures []Figure
	// Judged is the index of the figure whose ratio to the limit counts.
	Judged int
	// Limit is what the others are held against: as little as the work can cost.
	Limit  Candidate
	Others []Candidate
	// Around is called before the group's part of each round, and what it returns after it. Nil does nothing.
	Around func() (end func() error, err error)
}

// Figure is a number that measuring a candidate yields.
type Figure struct {
	Name         string // with its unit
	MoreIsBetter bool
}

// Candidate is one way to do the work.
type Candidate struct {
	Name string
	// Goal bounds the ratio to the limit, from above, or from below where more is better. 0 is no goal.
	Goal float64
	// Measure does the work for a while and returns a value for each figure of the group.
	Measure func() ([]float64, error)
}

// again is the name of the limit's second measurement.
const again = "the same again"

// candidates are all that a round measures: the limit, the others, and the limit again.
func (g *Group) candidates() []Candidate {
	all := append([]Candidate{g.Limit}, g.Others...)
	return append(all, Candidate{Name: again, Measure: g.Limit.Measure})
}
