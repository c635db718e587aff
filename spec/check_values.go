package spec

import (
	"go/constant"
	"go/token"
	"slices"
	"strings"
)

// paramTypes are the types that a knob can have.
var paramTypes = []string{"int", "int64", "uint64", "float64", "bool", "string", "duration"}

// badParamTypes: a param is of a type that a person can write on a command line.
func badParamTypes(m *Machine, report func(Finding)) {
	for _, p := range m.Params {
		if t := p.Type; t.Value != "" && !slices.Contains(paramTypes, t.Value) {
			f := Finding{Pos: t.Pos, Message: "a param cannot be " + quote(t.Value)}
			f.Help, f.Fix = meant(unqualified(t.Value), slices.Values(paramTypes), "", "params are "+strings.Join(paramTypes, ", "))
			report(f)
		}
	}
}

// unqualified is what a Go programmer means by a type without its package: Duration.
func unqualified(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

// badParams: default, min and max are values of the param's type, and in order.
func badParams(m *Machine, report func(Finding)) {
	for _, p := range m.Params {
		if !slices.Contains(paramTypes, p.Type.Value) {
			continue
		}
		if p.Type.Value == "bool" || p.Type.Value == "string" {
			for _, t := range []Text{p.Min, p.Max} {
				if t.Value != "" {
					report(Finding{Pos: t.Pos, Message: article(p.Type.Value) + " has no min and max", Help: "leave it out"})
				}
			}
			if v := paramValue(p, p.Default, report); v != nil && v.Kind() == constant.Bool && constant.BoolVal(v) {
				report(Finding{
					Pos: p.Default.Pos, Message: "a bool param cannot be true by default",
					Help: "a field that nobody sets is false: give the param the opposite name",
				})
			}
			continue
		}
		low, value, high := paramValue(p, p.Min, report), paramValue(p, p.Default, report), paramValue(p, p.Max, report)
		ordered := inOrder(low, high, p.Max, "the max is below the min", p.Min, report)
		_ = ordered && inOrder(low, value, p.Default, "the default is below the min", p.Min, report) &&
			inOrder(value, high, p.Default, "the default is above the max", p.Max, report)
	}
}

// paramValue reads a value of a param; it is nil where there is none.
func paramValue(p *Param, t Text, report func(Finding)) constant.Value {
	if t.Value == "" {
		return nil
	}
	v, err := parseValue(p.Type.Value, t.Value)
	if err != nil {
		report(Finding{Pos: t.Pos, Message: err.Error(), Help: "param " + quote(p.Name) + " is of type " + p.Type.Value})
		return nil
	}
	return v
}

// inOrder reports at a text that a is above b, and returns whether it is not.
func inOrder(a, b constant.Value, at Text, message string, other Text, report func(Finding)) bool {
	if a == nil || b == nil || constant.Compare(a, token.LEQ, b) {
		return true
	}
	report(Finding{Pos: at.Pos, Message: message, Related: related(other.Pos, "this is "+quote(other.Value))})
	return false
}

// badDefaults: the default of data is a value of its type.
func badDefaults(m *Machine, report func(Finding)) {
	for _, f := range m.Data {
		if f.Default.Value == "" || f.Type.Value == "" {
			continue
		}
		if _, err := parseValue(f.Type.Value, f.Default.Value); err != nil {
			report(Finding{
				Pos: f.Default.Pos, Message: err.Error(), Help: "data " + quote(f.Name) + " is of type " + quote(f.Type.Value),
				Related: related(f.Type.Pos, "declared here"),
			})
		}
	}
}
