package solve

import (
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// Hides reports whether a guard always holds where a later one of the same list does, so that the arm of the later one is
// never taken. It is certain for generated code, too: [Implies] computes with numbers of any size, so that guards with
// arithmetic, which may overflow in Go, or with floating-point numbers, which may be NaN, only hide those that read the same.
func Hides(earlier, later *spec.Expr) bool {
	if interp.Format(earlier) == interp.Format(later) {
		return true
	}
	return isExact(earlier) && isExact(later) && Implies(later, earlier)
}

// isExact reports whether a condition means the same in Go as in the arithmetic of this package.
func isExact(e *spec.Expr) bool {
	for part := range e.All() {
		switch part.Op {
		case spec.OpAdd, spec.OpSubtract, spec.OpMultiply, spec.OpNegate:
			return false
		}
		if part.Type == "float64" || part.Type == "float32" {
			return false
		}
	}
	return true
}
