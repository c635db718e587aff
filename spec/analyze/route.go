package analyze

import "github.com/fsmgen/fsmgen/spec"

// Route returns a shortest way into a state of a spec without errors: it is the witness of the result, if that is Proven.
func Route(m *spec.Machine, to *spec.State) Result {
	asked := *m
	asked.Properties = []*spec.Property{{
		Kind:  spec.Reachable,
		State: &spec.StateRef{Text: spec.Text{Value: to.Name}, State: to},
	}}
	a := &analysis{m: &asked, space: explore(m, Limits{}.withDefaults())}
	properties(a)
	return a.report.Results[0]
}
