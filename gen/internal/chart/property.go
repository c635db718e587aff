package chart

import "github.com/fsmgen/fsmgen/spec"

// PropertyWord is the word of the spec for a kind of property.
func PropertyWord(k spec.PropertyKind) string {
	switch k {
	case spec.Reachable:
		return "reachable"
	case spec.EventuallyPossible:
		return "eventually-possible"
	case spec.Never:
		return "never"
	case spec.LeadsTo:
		return "leads-to"
	default:
		return "invalid"
	}
}
