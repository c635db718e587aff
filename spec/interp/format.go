package interp

import "github.com/fsmgen/fsmgen/spec"

// symbols are the operators as a spec writes them.
var symbols = map[spec.Op]string{
	spec.OpOr: " || ", spec.OpAnd: " && ",
	spec.OpEqual: " == ", spec.OpNotEqual: " != ",
	spec.OpLess: " < ", spec.OpLessEqual: " <= ", spec.OpGreater: " > ", spec.OpGreaterEqual: " >= ",
	spec.OpAdd: " + ", spec.OpSubtract: " - ", spec.OpMultiply: " * ", spec.OpNot: "!", spec.OpNegate: "-",
}

// Format writes an expression as a spec would, with the parentheses it needs.
func Format(e *spec.Expr) string {
	switch e.Op {
	case spec.OpGuard:
		return e.Guard.Value
	case spec.OpPayload:
		return "payload." + e.Name
	case spec.OpData:
		return "data." + e.Name
	case spec.OpParam:
		return "params." + e.Name
	case spec.OpLiteral:
		return e.Value
	case spec.OpNot, spec.OpNegate:
		return symbols[e.Op] + within(e.X, tightness(e.Op))
	default:
		tight := tightness(e.Op)
		return within(e.X, tight) + symbols[e.Op] + within(e.Y, tight+1)
	}
}

func within(e *spec.Expr, tight int) string {
	if tightness(e.Op) < tight {
		return "(" + Format(e) + ")"
	}
	return Format(e)
}

// tightness is how tightly an operator binds, as in Go.
func tightness(op spec.Op) int {
	switch {
	case op <= spec.OpAnd:
		return int(op)
	case op <= spec.OpGreaterEqual:
		return 3
	case op <= spec.OpSubtract:
		return 4
	case op == spec.OpMultiply:
		return 5
	default:
		return 6
	}
}
