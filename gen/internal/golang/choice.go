package golang

import "github.com/fsmgen/fsmgen/spec"

// choice is a hook that decides between outcomes, and the type of its answers.
type choice struct {
	*spec.Hook
	typ      string   // Route
	outcomes []string // RouteExpress, in the order of the spec
}

func (p *plan) planChoices(taken *claims) {
	for _, h := range p.spec.Choices {
		what := "choice " + h.Name
		planned := &choice{Hook: h, typ: taken.claim("", spec.GoName(h.Name), what, h.Pos)}
		for _, o := range h.Outcomes {
			planned.outcomes = append(planned.outcomes, taken.claim("", outcomeName(h, o.Value), what, o.Pos))
		}
		p.choices = append(p.choices, planned)
	}
}

// outcomeName is the constant of an outcome: RouteExpress.
func outcomeName(h *spec.Hook, outcome string) string {
	return spec.GoName(h.Name) + spec.GoName(outcome)
}
