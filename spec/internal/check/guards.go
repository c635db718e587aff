package check

import (
	"go/constant"
	"go/token"
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// badConditions reports guards whose operands do not fit their operators, and guards that are not true or false.
func badConditions(m *model.Machine, report func(finding.Finding)) {
	for c := range conditionChecks(m) {
		if len(c.wrong) > 0 {
			report(c.wrong[0])
		}
	}
}

// constantConditions reports guards, and parts of guards, that always have the same answer.
func constantConditions(m *model.Machine, report func(finding.Finding)) {
	for c := range conditionChecks(m) {
		if len(c.wrong) == 0 && len(c.constant) > 0 {
			report(c.constant[0])
		}
	}
}

// conditionChecks yields the result of checking each guard that is an expression.
func conditionChecks(m *model.Machine) iter.Seq[*guardCheck] {
	return func(yield func(*guardCheck) bool) {
		types := newScope(m)
		for list := range transitionLists(m) {
			for _, a := range list.all() {
				if a.Guard == nil || a.Guard.Expr == nil {
					continue
				}
				c := &guardCheck{m: m, scope: types, list: list}
				if c.bool(a.Guard.Expr); !yield(c) {
					return
				}
			}
		}
	}
}

// guardCheck is the check of one guard: it finds the type of each node and what is wrong with it.
type guardCheck struct {
	m        *model.Machine
	scope    scope
	list     transitionList
	wrong    []finding.Finding
	constant []finding.Finding
}

// operand is a node of a guard with its type, as far as it is known.
type operand struct {
	typ   string         // as in [Expr]; empty for a number that fits several types
	value constant.Value // nil unless it is always the same
}

// fail reports what is wrong with a node.
func (c *guardCheck) fail(e *expr.Expr, message, help string) (operand, bool) {
	c.wrong = append(c.wrong, finding.Finding{Pos: e.Pos, End: e.End, Message: message, Help: help})
	return operand{}, false
}

// bool checks a node that is true or false, and reports whether the check went through.
func (c *guardCheck) bool(e *expr.Expr) bool {
	if e.Op == expr.OpGuard {
		e.Type = "bool"
		return true
	}
	x, ok := c.operand(e)
	switch {
	case !ok:
		return false
	case x.typ != "bool":
		c.fail(e, "expected true or false, found "+x.describe(), comparedHelp(e, x.typ))
		return false
	case x.value != nil:
		c.same(e, constant.BoolVal(x.value))
	}
	return true
}

// comparedHelp says how a value of a type becomes true or false.
func comparedHelp(e *expr.Expr, typ string) string {
	value := ""
	switch {
	case e.X != nil || e.Op == expr.OpLiteral:
	case typ == "string":
		value = ` == "text"`
	case typ == "duration":
		value = " > 30s"
	case decl.IsNumeric(typ):
		value = " > 0"
	}
	if value == "" {
		return "compare it with something, or write a guard in Go, under `guards`"
	}
	return "compare it: `" + e.String() + value + "`"
}

func (o operand) describe() string {
	if o.typ == "" {
		return "a number"
	}
	return wording.Article(o.typ)
}

func (c *guardCheck) same(e *expr.Expr, value bool) {
	word := "false"
	if value {
		word = "true"
	}
	c.constant = append(c.constant, finding.Finding{
		Pos: e.Pos, End: e.End, Message: "this is always " + word, Help: "compare something that changes, or leave it out",
	})
}

// operand checks a node and everything below it.
func (c *guardCheck) operand(e *expr.Expr) (operand, bool) {
	x, ok := c.find(e)
	if ok {
		e.Type = x.typ
	}
	return x, ok
}

func (c *guardCheck) find(e *expr.Expr) (operand, bool) {
	switch e.Op {
	case expr.OpOr, expr.OpAnd:
		x := c.bool(e.X)
		return operand{typ: "bool"}, c.bool(e.Y) && x
	case expr.OpNot:
		return operand{typ: "bool"}, c.bool(e.X)
	case expr.OpEqual, expr.OpNotEqual, expr.OpLess, expr.OpLessEqual, expr.OpGreater, expr.OpGreaterEqual:
		return c.comparison(e)
	case expr.OpAdd, expr.OpSubtract, expr.OpMultiply:
		return c.arithmetic(e)
	case expr.OpNegate:
		return c.negation(e)
	case expr.OpGuard:
		return c.notAValue(e)
	case expr.OpLiteral:
		return c.literal(e)
	case expr.OpParam:
		if e.Param == nil {
			return operand{}, false
		}
		return operand{typ: e.Param.Type.Value}, e.Param.Type.Value != ""
	default: // payload and data; what is not declared is another finding
		if e.Field == nil {
			return operand{}, false
		}
		return operand{typ: valueType(e.Field.Type.Value)}, e.Field.Type.Value != ""
	}
}

// valueType is the type of a field as guards know it.
func valueType(text string) string {
	switch typ := typeText(text); typ {
	case "time.Duration":
		return "duration"
	case "byte":
		return "uint8"
	case "rune":
		return "int32"
	default:
		return typ
	}
}

// notAValue reports the name of a guard where a value is needed; mostly its place is forgotten.
func (c *guardCheck) notAValue(e *expr.Expr) (operand, bool) {
	name := e.Guard.Value
	f := finding.Finding{
		Pos: e.Pos, End: e.End, Message: wording.Quote(name) + " is no value to compare",
		Help: "values are `payload.x`, `data.x`, `params.x` and literals",
	}
	var found []string
	if fieldOf(c.m.Data, name) != nil {
		found = append(found, "data."+name)
	}
	if paramOf(c.m.Params, name) != nil {
		found = append(found, "params."+name)
	}
	for _, cause := range c.list.eachCause() {
		if cause.field(name) != nil {
			found = append(found, "payload."+name)
			break
		}
	}
	switch {
	case len(found) > 0:
		f.Help = "did you mean " + wording.Quote(found[0]) + "?"
	case slices.ContainsFunc(c.m.Guards, func(h *decl.Hook) bool { return h.Name == name }):
		f.Help = "a guard is true or false by itself: write " + wording.Quote(name) + " or " + wording.Quote("!"+name)
	}
	if len(found) == 1 {
		f.Fix = syntax.Replacement(found[0])
	}
	c.wrong = append(c.wrong, f)
	return operand{}, false
}

func (c *guardCheck) literal(e *expr.Expr) (operand, bool) {
	switch e.Type {
	case "bool":
		return operand{"bool", constant.MakeBool(e.Value == "true")}, true
	case "string":
		return operand{"string", constant.MakeFromLiteral(e.Value, token.STRING, 0)}, true
	case "duration":
		d, err := decl.ParseValue("duration", e.Value)
		if err != nil {
			return c.fail(e, err.Error(), "write it like `1m30s`")
		}
		return operand{"duration", d}, true
	}
	value := constant.MakeFromLiteral(e.Value, token.INT, 0)
	if value.Kind() == constant.Unknown {
		value = constant.MakeFromLiteral(e.Value, token.FLOAT, 0)
	}
	if value.Kind() == constant.Unknown {
		return c.fail(e, wording.Quote(e.Value)+" is too large a number", "")
	}
	return operand{"", value}, true
}
