package spec

import (
	"go/constant"
	"go/token"
	"iter"
	"slices"
)

// badConditions: the operands of a guard fit its operators, and it is true or false.
func badConditions(m *Machine, report func(Finding)) {
	for c := range m.conditionChecks() {
		if len(c.wrong) > 0 {
			report(c.wrong[0])
		}
	}
}

// constantConditions: a guard that is always the same decides nothing.
func constantConditions(m *Machine, report func(Finding)) {
	for c := range m.conditionChecks() {
		if len(c.wrong) == 0 && len(c.constant) > 0 {
			report(c.constant[0])
		}
	}
}

// conditionChecks yields what comes out for every guard that is an expression.
func (m *Machine) conditionChecks() iter.Seq[*conditionCheck] {
	return func(yield func(*conditionCheck) bool) {
		types := newScope(m)
		for list := range m.armLists() {
			for _, a := range list.all() {
				if a.Guard == nil || a.Guard.Expr == nil {
					continue
				}
				c := &conditionCheck{m: m, scope: types, list: list}
				if c.bool(a.Guard.Expr); !yield(c) {
					return
				}
			}
		}
	}
}

// conditionCheck finds out the types of one guard, and what is wrong with it.
type conditionCheck struct {
	m        *Machine
	scope    scope
	list     armList
	wrong    []Finding
	constant []Finding
}

// operand is what is known about a node of a guard.
type operand struct {
	typ   string         // as in [Expr]; empty for a number that fits several types
	value constant.Value // nil unless it is always the same
}

// fail reports what is wrong with a node.
func (c *conditionCheck) fail(e *Expr, message, help string) (operand, bool) {
	c.wrong = append(c.wrong, Finding{Pos: e.Pos, End: e.end, Message: message, Help: help})
	return operand{}, false
}

// bool checks a node that is true or false, and reports whether the check went through.
func (c *conditionCheck) bool(e *Expr) bool {
	if e.Op == OpGuard {
		e.Type = "bool"
		return true
	}
	x, ok := c.operand(e)
	switch {
	case !ok:
		return false
	case x.typ != "bool":
		c.fail(e, "expected true or false, found "+x.describe(), e.comparedHelp(x.typ))
		return false
	case x.value != nil:
		c.same(e, constant.BoolVal(x.value))
	}
	return true
}

// comparedHelp says how a value of a type becomes true or false.
func (e *Expr) comparedHelp(typ string) string {
	value := ""
	switch {
	case e.X != nil || e.Op == OpLiteral:
	case typ == "string":
		value = ` == "text"`
	case typ == "duration":
		value = " > 30s"
	case isNumeric(typ):
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
	return article(o.typ)
}

func (c *conditionCheck) same(e *Expr, value bool) {
	word := "false"
	if value {
		word = "true"
	}
	c.constant = append(c.constant, Finding{
		Pos: e.Pos, End: e.end, Message: "this is always " + word, Help: "compare something that changes, or leave it out",
	})
}

// operand checks a node and everything below it.
func (c *conditionCheck) operand(e *Expr) (operand, bool) {
	x, ok := c.find(e)
	if ok {
		e.Type = x.typ
	}
	return x, ok
}

func (c *conditionCheck) find(e *Expr) (operand, bool) {
	switch e.Op {
	case OpOr, OpAnd:
		x := c.bool(e.X)
		return operand{typ: "bool"}, c.bool(e.Y) && x
	case OpNot:
		return operand{typ: "bool"}, c.bool(e.X)
	case OpEqual, OpNotEqual, OpLess, OpLessEqual, OpGreater, OpGreaterEqual:
		return c.comparison(e)
	case OpAdd, OpSubtract, OpMultiply:
		return c.arithmetic(e)
	case OpNegate:
		return c.negation(e)
	case OpGuard:
		return c.notAValue(e)
	case OpLiteral:
		return c.literal(e)
	case OpParam:
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
func (c *conditionCheck) notAValue(e *Expr) (operand, bool) {
	name := e.Guard.Value
	f := Finding{
		Pos: e.Pos, End: e.end, Message: quote(name) + " is no value to compare",
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
		f.Help = "did you mean " + quote(found[0]) + "?"
	case slices.ContainsFunc(c.m.Guards, func(h *Hook) bool { return h.Name == name }):
		f.Help = "a guard is true or false by itself: write " + quote(name) + " or " + quote("!"+name)
	}
	if len(found) == 1 {
		f.Fix = replacement(found[0])
	}
	c.wrong = append(c.wrong, f)
	return operand{}, false
}

func (c *conditionCheck) literal(e *Expr) (operand, bool) {
	switch e.Type {
	case "bool":
		return operand{"bool", constant.MakeBool(e.Value == "true")}, true
	case "string":
		return operand{"string", constant.MakeFromLiteral(e.Value, token.STRING, 0)}, true
	case "duration":
		d, err := parseValue("duration", e.Value)
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
		return c.fail(e, quote(e.Value)+" is too large a number", "")
	}
	return operand{"", value}, true
}
