package interp

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// Answers reports whether the stimulus is an answer of a hook, which needs no machine to be applied to.
func (s Stimulus) Answers() bool { return s.Kind == Guard || s.Kind == Choose || s.Kind == Answer }

// Answer changes what a hook of m answers from now on.
func (s Stimulus) Answer(m *spec.Machine, a *Answers) error {
	switch s.Kind {
	case Guard:
		if !slices.Contains(asked(m), s.Name) {
			return s.unknown("is neither a guard nor a part of a condition", asked(m))
		}
		set(&a.Guards, s.Name, slices.Clone(s.Holds))
	case Choose:
		i := slices.IndexFunc(m.Choices, s.names)
		if i < 0 {
			return s.unknown("is not a choice", hookNames(m.Choices))
		}
		outcomes := texts(m.Choices[i].Outcomes)
		for _, p := range s.Picks {
			if !slices.Contains(outcomes, p) {
				return s.unknown("has no outcome "+p, outcomes)
			}
		}
		set(&a.Choices, s.Name, slices.Clone(s.Picks))
	case Answer:
		if !slices.ContainsFunc(m.Replies, s.names) {
			return s.unknown("is not a reply", hookNames(m.Replies))
		}
		set[any](&a.Replies, s.Name, s.Text)
	}
	return nil
}

func (s Stimulus) names(h *spec.Hook) bool { return h.Name == s.Name }

func set[V any](m *map[string]V, name string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[name] = value
}

func (s Stimulus) unknown(problem string, want []string) error {
	return &StimulusError{Line: s.String(), Problem: problem, Want: want}
}

// asked are the names of everything that [Oracle.Guard] can be asked.
func asked(m *spec.Machine) []string {
	names := hookNames(m.Guards)
	for a := range Arms(m) {
		if a.Guard == nil {
			continue
		}
		for e := range a.Guard.Expr.All() {
			if text := Format(e); isAtom(e) && !slices.Contains(names, text) {
				names = append(names, text)
			}
		}
	}
	return names
}

// isAtom reports whether an expression is a part of a condition that an oracle is asked about as a whole.
func isAtom(e *spec.Expr) bool {
	if e.Op >= spec.OpEqual && e.Op <= spec.OpGreaterEqual {
		return true
	}
	return e.Type == "bool" && e.Op >= spec.OpPayload && e.Op <= spec.OpParam
}

func hookNames(hooks []*spec.Hook) []string {
	var names []string
	for _, h := range hooks {
		names = append(names, h.Name)
	}
	return names
}

func texts(all []spec.Text) []string {
	var values []string
	for _, t := range all {
		values = append(values, t.Value)
	}
	return values
}
