package spec

import "go/token"

// The operators of Go for those of a guard.
var goTokens = map[Op]token.Token{
	OpEqual: token.EQL, OpNotEqual: token.NEQ, OpLess: token.LSS, OpLessEqual: token.LEQ, OpGreater: token.GTR,
	OpGreaterEqual: token.GEQ, OpAdd: token.ADD, OpSubtract: token.SUB, OpMultiply: token.MUL, OpNegate: token.SUB,
}

// String is the node as it could be written, with every operation in brackets.
func (e *Expr) String() string {
	switch e.Op {
	case OpGuard:
		return e.Guard.Value
	case OpPayload:
		return "payload." + e.Name
	case OpData:
		return "data." + e.Name
	case OpParam:
		return "params." + e.Name
	case OpLiteral:
		return e.Value
	case OpNot:
		return "!(" + e.X.String() + ")"
	case OpNegate:
		return "-(" + e.X.String() + ")"
	default:
		return "(" + e.X.String() + " " + e.Op.String() + " " + e.Y.String() + ")"
	}
}

// String is the operator as it is written; empty for an operand.
func (o Op) String() string {
	switch o {
	case OpOr:
		return token.LOR.String()
	case OpAnd:
		return token.LAND.String()
	case OpNot:
		return token.NOT.String()
	default:
		if t, ok := goTokens[o]; ok {
			return t.String()
		}
		return ""
	}
}
