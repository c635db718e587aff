// Package expr is the expressions that guard transitions: the tree, how it is read and written, and what it says.
//
// [Parse] reads a tree, [Expr.String] writes it. [Holds] computes it in an [Env], as far as its values are known. [Together]
// and [Implies] prove what holds with what, whatever the values are, and [Solve] searches for values.
package expr

import (
	"go/token"
	"iter"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// Expr is a node of a condition. X and Y are its operands, from left to right; OpNot and OpNegate have only X.
type Expr struct {
	Pos  syntax.Pos // of the first character
	End  syntax.Pos // behind the last character; zero where only Pos is known
	Op   Op
	Type string // resolved: bool, string, float64, duration or an integer type; empty for a literal that fits several
	X, Y *Expr

	Guard *decl.HookRef // of OpGuard
	Name  string        // of OpPayload, OpData and OpParam: the field
	Field *decl.Field   // of OpPayload and OpData; resolved. Of OpPayload that of the first event that leads here
	Param *decl.Param   // of OpParam; resolved
	Value string        // of OpLiteral, as the spec says it: 3, 1.5, "text", true, 30s
}

// Op is what a node of a condition does.
type Op uint8

// The operators, in the order of how tightly they bind, and then the operands.
const (
	OpOr Op = iota + 1
	OpAnd
	OpEqual
	OpNotEqual
	OpLess
	OpLessEqual
	OpGreater
	OpGreaterEqual
	OpAdd
	OpSubtract
	OpMultiply
	OpNot
	OpNegate
	OpGuard
	OpPayload
	OpData
	OpParam
	OpLiteral
)

// All yields the node and everything below it, from left to right, operands before what they are operands of.
func (e *Expr) All() iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) { e.walk(yield) }
}

func (e *Expr) walk(yield func(*Expr) bool) bool {
	return e == nil || e.X.walk(yield) && e.Y.walk(yield) && yield(e)
}

// tokens are the operators as Go has them.
var tokens = map[Op]token.Token{
	OpOr: token.LOR, OpAnd: token.LAND,
	OpEqual: token.EQL, OpNotEqual: token.NEQ, OpLess: token.LSS, OpLessEqual: token.LEQ, OpGreater: token.GTR,
	OpGreaterEqual: token.GEQ, OpAdd: token.ADD, OpSubtract: token.SUB, OpMultiply: token.MUL,
	OpNot: token.NOT, OpNegate: token.SUB,
}

// Token is the operator as Go has it, for package go/constant; [token.ILLEGAL] for an operand.
func (o Op) Token() token.Token { return tokens[o] }

// String is the operator as it is written; empty for an operand.
func (o Op) String() string {
	if t, ok := tokens[o]; ok {
		return t.String()
	}
	return ""
}

// IsComparison reports whether the operator compares two values.
func (o Op) IsComparison() bool { return o >= OpEqual && o <= OpGreaterEqual }

// IsVariable reports whether the operand is a payload field, a datum or a param.
func (o Op) IsVariable() bool { return o >= OpPayload && o <= OpParam }

// precedence says how tightly an operator binds, as in Go; an operand binds like an operator before its only operand.
func (o Op) precedence() int {
	if o >= OpNot {
		return token.UnaryPrec
	}
	return tokens[o].Precedence()
}

// String is the expression as a spec could write it, with the brackets that it needs.
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
		return "!" + e.X.within(token.UnaryPrec)
	case OpNegate:
		if e.X.Op == OpNegate { // two signs would be the operator `--`
			return "-(" + e.X.String() + ")"
		}
		return "-" + e.X.within(token.UnaryPrec)
	default: // of equal operators the left one binds first
		tight := e.Op.precedence()
		return e.X.within(tight) + " " + e.Op.String() + " " + e.Y.within(tight+1)
	}
}

// within is the expression as an operand of an operator that binds as tightly as said.
func (e *Expr) within(precedence int) string {
	if e.Op.precedence() < precedence {
		return "(" + e.String() + ")"
	}
	return e.String()
}
