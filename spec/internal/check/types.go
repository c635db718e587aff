package check

import (
	"go/ast"
	"go/constant"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// badTypes reports type expressions that are not Go types of what the spec declares and imports.
func badTypes(m *model.Machine, report func(finding.Finding)) {
	s := newScope(m)
	for use := range typeUses(m) {
		if use.text.Value == "" {
			continue
		}
		expr, err := parseGoType(use.text.Value)
		if err != nil {
			report(finding.Finding{
				Pos: use.text.Pos, Message: wording.Quote(use.text.Value) + " is not a Go type",
				Help: "write it like `string`, `[]int` or `time.Time`",
			})
		} else if p := s.problem(expr); p != nil {
			report(finding.Finding{Pos: use.text.Pos, Message: p.message, Help: p.help})
		}
	}
}

// recursiveTypes reports types that contain themselves, which Go cannot store.
func recursiveTypes(m *model.Machine, report func(finding.Finding)) {
	search := circles{types: newScope(m).types, depth: map[string]int{}, report: report}
	for _, t := range m.Types {
		search.visit(t)
	}
}

// circles looks for types that contain themselves, depth first and into each type once.
type circles struct {
	types  map[string]*decl.Type
	way    []string
	depth  map[string]int // of the types on the way, from 1 on; -1 for those that are done
	report func(finding.Finding)
}

func (c *circles) visit(t *decl.Type) {
	if at := c.depth[t.Name]; at > 0 {
		c.reportCircle(c.way[at-1:])
	} else if at == 0 {
		c.way = append(c.way, t.Name)
		c.depth[t.Name] = len(c.way)
		for _, f := range t.Fields {
			if expr, err := parseGoType(f.Type.Value); err == nil && c.types[heldBy(expr)] != nil {
				c.visit(c.types[heldBy(expr)])
			}
		}
		c.way = c.way[:len(c.way)-1]
		c.depth[t.Name] = -1
	}
}

func (c *circles) reportCircle(way []string) {
	t := c.types[way[0]]
	c.report(finding.Finding{
		Pos: t.Pos, Message: "type " + wording.Quote(t.Name) + " contains itself", Label: strings.Join(append(way, t.Name), " has "),
		Help: "use a pointer or a slice: `*" + t.Name + "`",
	})
}

// heldBy is the type whose values a value of the type holds in itself.
func heldBy(expr ast.Expr) string {
	switch t := expr.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.ArrayType:
		if t.Len != nil {
			return heldBy(t.Elt)
		}
	}
	return ""
}

// badPackage reports a package that is not a Go identifier, and a directory that is not relative.
func badPackage(m *model.Machine, report func(finding.Finding)) {
	if name := m.Go.Package; name.Value != "" && (!token.IsIdentifier(name.Value) || name.Value == "_") {
		report(finding.Finding{
			Pos: name.Pos, Message: wording.Quote(name.Value) + " cannot be the name of a Go package",
			Help: "package names are short lower-case words: `doorfsm`",
		})
	}
	if out := m.Go.Out; strings.HasPrefix(out.Value, "/") || strings.ContainsAny(out.Value, `\:`) ||
		strings.ContainsFunc(out.Value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		report(finding.Finding{
			Pos: out.Pos, Message: wording.Quote(out.Value) + " is not a relative directory",
			Help: "write it from the spec on, with `/`: `../doorfsm`",
		})
	}
}

var standardPath = regexp.MustCompile(`^[a-z][a-z0-9]*(/[a-z][a-z0-9]*)*$`)

// badImports reports imports that are not packages of the standard library.
func badImports(m *model.Machine, report func(finding.Finding)) {
	first := map[string]syntax.Text{}
	for _, t := range m.Go.Imports {
		name := importName(t.Value)
		before, taken := first[name]
		switch {
		case !standardPath.MatchString(t.Value) || slices.Contains(strings.Split(t.Value, "/"), "internal"):
			report(finding.Finding{
				Pos: t.Pos, Message: wording.Quote(t.Value) + " is not a package of the standard library",
				Help: "declare what you need of it under `types`",
			})
		case taken && before.Value != t.Value:
			report(finding.Finding{
				Pos: t.Pos, Message: "two imports are called " + wording.Quote(name), Help: "keep one",
				Related: finding.RelatedTo(before.Pos, "the other one"),
			})
		default:
			first[name] = t
		}
	}
}

// badParamTypes reports params of a type that cannot be written on a command line.
func badParamTypes(m *model.Machine, report func(finding.Finding)) {
	for _, p := range m.Params {
		if t := p.Type; t.Value != "" && !slices.Contains(decl.ParamTypes, t.Value) {
			f := finding.Finding{Pos: t.Pos, Message: "a param cannot be " + wording.Quote(t.Value)}
			f.Help, f.Fix = wording.Suggest(unqualified(t.Value), slices.Values(decl.ParamTypes), "", "params are "+strings.Join(decl.ParamTypes, ", "))
			report(f)
		}
	}
}

// unqualified is a type without its package: Duration of time.Duration.
func unqualified(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

// badParams reports a default, min or max that is not a value of the param, or is out of order.
func badParams(m *model.Machine, report func(finding.Finding)) {
	for _, p := range m.Params {
		if !slices.Contains(decl.ParamTypes, p.Type.Value) {
			continue
		}
		if p.Type.Value == "bool" || p.Type.Value == "string" {
			for _, t := range []syntax.Text{p.Min, p.Max} {
				if t.Value != "" {
					report(finding.Finding{Pos: t.Pos, Message: wording.Article(p.Type.Value) + " has no min and max", Help: "leave it out"})
				}
			}
			if v := paramValue(p, p.Default, report); v != nil && v.Kind() == constant.Bool && constant.BoolVal(v) {
				report(finding.Finding{
					Pos: p.Default.Pos, Message: "a bool param cannot be true by default",
					Help: "a field that is not set is false: give the param the opposite name",
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
func paramValue(p *decl.Param, t syntax.Text, report func(finding.Finding)) constant.Value {
	if t.Value == "" {
		return nil
	}
	v, err := decl.ParseValue(p.Type.Value, t.Value)
	if err != nil {
		report(finding.Finding{Pos: t.Pos, Message: err.Error(), Help: "param " + wording.Quote(p.Name) + " is of type " + p.Type.Value})
		return nil
	}
	return v
}

// inOrder reports at a text that a is above b, and returns whether it is not.
func inOrder(a, b constant.Value, at syntax.Text, message string, other syntax.Text, report func(finding.Finding)) bool {
	if a == nil || b == nil || constant.Compare(a, token.LEQ, b) {
		return true
	}
	report(finding.Finding{Pos: at.Pos, Message: message, Related: finding.RelatedTo(other.Pos, "this is "+wording.Quote(other.Value))})
	return false
}

// badDefaults reports defaults of data that are not values of its type.
func badDefaults(m *model.Machine, report func(finding.Finding)) {
	for _, f := range m.Data {
		if f.Default.Value == "" || f.Type.Value == "" {
			continue
		}
		if _, err := decl.ParseValue(f.Type.Value, f.Default.Value); err != nil {
			report(finding.Finding{
				Pos: f.Default.Pos, Message: err.Error(), Help: "data " + wording.Quote(f.Name) + " is of type " + wording.Quote(f.Type.Value),
				Related: finding.RelatedTo(f.Type.Pos, "declared here"),
			})
		}
	}
}
