package spec

import "iter"

// Condition is the guard of an arm: a name, or an expression over names and values.
type Condition struct {
	Text       // as the spec says it
	Expr *Expr // nil where a finding says why
}

// Hook returns the guard of a condition that is its name alone, and nil for any other.
func (c *Condition) Hook() *Hook {
	if c.Expr == nil || c.Expr.Op != OpGuard {
		return nil
	}
	return c.Expr.Guard.Hook
}

// Guards yields the guards that the condition names, from left to right, one that is there twice twice.
func (c *Condition) Guards() iter.Seq[*HookRef] {
	return func(yield func(*HookRef) bool) {
		for e := range c.Expr.All() {
			if e.Op == OpGuard && !yield(e.Guard) {
				return
			}
		}
	}
}

// Expr is a node of a condition. X and Y are its operands, from left to right; OpNot and OpNegate have only X.
type Expr struct {
	Pos  Pos // of the first character
	end  Pos // behind the last character; zero where only Pos is known
	Op   Op
	Type string // resolved: bool, string, float64, duration or an integer type; empty for a literal that fits several
	X, Y *Expr

	Guard *HookRef // of OpGuard
	Name  string   // of OpPayload, OpData and OpParam: the field
	Field *Field   // of OpPayload and OpData; resolved. Of OpPayload that of the first event that leads here
	Param *Param   // of OpParam; resolved
	Value string   // of OpLiteral, as the spec says it: 3, 1.5, "text", true, 30s
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
