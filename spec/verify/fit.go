package verify

import (
	"go/ast"
	"go/parser"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// stored compares Go types of two versions of a machine by the JSON that their values become.
type stored struct {
	old, new  *spec.Machine
	comparing [][2]string // the pairs of declared types that are being compared, which may contain themselves
}

// fit reports whether every value of the old type, as JSON, is read as a value of the new one.
func (s *stored) fit(was, is string) bool {
	old, errOld := parser.ParseExpr(was)
	now, errNew := parser.ParseExpr(is)
	return errOld == nil && errNew == nil && s.expressionsFit(old, now)
}

func (s *stored) expressionsFit(was, is ast.Expr) bool {
	if star, ok := was.(*ast.StarExpr); ok { // nil is null, which every type takes
		return s.expressionsFit(star.X, is)
	}
	if star, ok := is.(*ast.StarExpr); ok {
		return s.expressionsFit(was, star.X)
	}
	nameIs := types.ExprString(is)
	if slices.Contains([]string{"any", "interface{}", "json.RawMessage"}, nameIs) {
		return true
	}
	switch was := was.(type) {
	case *ast.Ident:
		if t := typeNamed(s.old, was.Name); t != nil {
			return s.structFits(t, is)
		}
		return basicFits(was.Name, nameIs)
	case *ast.ArrayType:
		return s.arrayFits(was, is)
	case *ast.MapType:
		now, ok := is.(*ast.MapType)
		return ok && keyFits(types.ExprString(was.Key), types.ExprString(now.Key)) && s.expressionsFit(was.Value, now.Value)
	default:
		name := types.ExprString(was)
		return name == nameIs || name == "time.Time" && isText(nameIs) || name == "time.Duration" && basicFits("int64", nameIs)
	}
}

// structFits compares a declared type with a declared type, or with a map of its fields.
func (s *stored) structFits(was *spec.Type, is ast.Expr) bool {
	if m, ok := is.(*ast.MapType); ok {
		return types.ExprString(m.Key) == "string" && !slices.ContainsFunc(was.Fields, func(f *spec.Field) bool {
			return !s.fit(f.Type.Value, types.ExprString(m.Value))
		})
	}
	now := typeNamed(s.new, types.ExprString(is))
	if now == nil {
		return false
	}
	pair := [2]string{was.Name, now.Name}
	if slices.Contains(s.comparing, pair) {
		return true
	}
	s.comparing = append(s.comparing, pair)
	defer func() { s.comparing = s.comparing[:len(s.comparing)-1] }()
	var removed []string
	for _, t := range s.new.Snapshots.Removed.Types {
		if field, ok := strings.CutPrefix(t.Value, now.Name+"."); ok {
			removed = append(removed, field)
		}
	}
	for _, f := range was.Fields {
		field := fieldNamed(now.Fields, f.Name)
		if field == nil && !containsField(removed, f.Name) || field != nil && !s.fit(f.Type.Value, field.Type.Value) {
			return false
		}
	}
	return true
}

// arrayFits compares a slice or an array. A slice of bytes is a text in JSON.
func (s *stored) arrayFits(was *ast.ArrayType, is ast.Expr) bool {
	now, ok := is.(*ast.ArrayType)
	switch {
	case isBytes(was) && !ok:
		return isText(types.ExprString(is))
	case !ok || isBytes(was) != isBytes(now):
		return false
	default:
		return s.expressionsFit(was.Elt, now.Elt)
	}
}

func isBytes(a *ast.ArrayType) bool {
	return a.Len == nil && slices.Contains([]string{"byte", "uint8"}, types.ExprString(a.Elt))
}

func isText(name string) bool { return name == "string" || name == "error" }

func typeNamed(m *spec.Machine, name string) *spec.Type {
	for _, t := range m.Types {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// basicFits compares built-in types, and time.Duration, which is an int64.
func basicFits(was, is string) bool {
	if was == is {
		return true
	}
	low, high, wasInteger := integerBits(was)
	lowest, highest, isInteger := integerBits(is)
	switch {
	case wasInteger && isInteger:
		return low <= lowest && high <= highest
	case strings.HasPrefix(is, "float"):
		return wasInteger || was == "float32"
	default:
		return isText(was) && isText(is)
	}
}

// keyFits compares keys of maps, which are texts in JSON.
func keyFits(was, is string) bool {
	low, high, wasInteger := integerBits(was)
	lowest, highest, isInteger := integerBits(is)
	return was == is || is == "string" && wasInteger || wasInteger && isInteger && low <= lowest && high <= highest
}

// integerBits returns how many bits the negative and the positive values of an integer have. int has 64.
func integerBits(name string) (negative, positive int, ok bool) {
	switch name {
	case "byte":
		name = "uint8"
	case "rune":
		name = "int32"
	case "time.Duration":
		name = "int64"
	}
	size, unsigned := strings.CutPrefix(name, "uint")
	if !unsigned {
		if size, ok = strings.CutPrefix(name, "int"); !ok {
			return 0, 0, false
		}
	}
	bits := 64
	if size != "" {
		var err error
		if bits, err = strconv.Atoi(size); err != nil {
			return 0, 0, false // uintptr
		}
	}
	if unsigned {
		return 0, bits, true
	}
	return bits - 1, bits - 1, true
}
