package analyze

import "github.com/fsmgen/fsmgen/spec"

// The codes of the findings. A code never changes its meaning. Those below FSM070 are those of package spec.
const (
	codeUnreachable = "FSM070"
	codeDeadArm     = "FSM071"
	codeDeadEnd     = "FSM072"
	codeOverlap     = "FSM073"
	codeMayOverlap  = "FSM074"
	codeCycle       = "FSM075"
	codeUnanswered  = "FSM076"
	codeUnhandled   = "FSM077"
	codeProperty    = "FSM078"
	codeUndecided   = "FSM079"
	codeHidden      = "FSM080"
)

// Rules lists every rule of the package in the order of the codes.
func Rules() []spec.Rule {
	return []spec.Rule{
		{Code: codeUnreachable, Severity: spec.Warning, Summary: "a state that arms lead to and no machine gets to"},
		{Code: codeDeadArm, Severity: spec.Warning, Summary: "an arm that is never taken"},
		{Code: codeDeadEnd, Severity: spec.Warning, Summary: "a state that is not final and is never left"},
		{Code: codeOverlap, Severity: spec.Warning, Summary: "two guards that can hold together, so that only their order decides"},
		{Code: codeMayOverlap, Severity: spec.Info, Summary: "two guards that may hold together, as far as the spec says"},
		{Code: codeCycle, Severity: spec.Error, Summary: "eventless transitions that find no end"},
		{Code: codeUnanswered, Severity: spec.Warning, Summary: "a call that can wait for ever"},
		{Code: codeUnhandled, Severity: spec.Warning, Summary: "a timer that can expire where it is not handled"},
		{Code: codeProperty, Severity: spec.Error, Summary: "a property that does not hold"},
		{Code: codeUndecided, Severity: spec.Warning, Summary: "a property that was not decided within the limits"},
		{Code: codeHidden, Severity: spec.Warning, Summary: "an arm that an earlier arm of a state inside hides"},
	}
}

func severityOf(code string) spec.Severity {
	for _, r := range Rules() {
		if r.Code == code {
			return r.Severity
		}
	}
	return spec.Error
}
