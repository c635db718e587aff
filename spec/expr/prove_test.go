package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

const machine = `fsm: 1
machine: m
params:
  limit: {type: int, default: 3, min: 1, max: 9}
  wait: {type: duration, default: 5s, min: 1s}
data:
  count: {type: int}
  size: {type: uint64}
  mood: {type: string}
  ready: {type: bool}
  last: {type: time.Duration}
events:
  e: {payload: {n: int, x: float64, who: string}}
guards: {g: {}, h: {}}
go: {imports: [time]}
initial: s
states:
  s:
    on:
      e: [{guard: %q}, {guard: %q}, {target: t}]
  t: {type: final}
`

// conditions returns two guards as expressions.
func conditions(t testing.TB, a, b string) (x, y *expr.Expr) {
	t.Helper()
	m, found := spec.Load("m.fsm.yaml", fmt.Appendf(nil, machine, a, b))
	for _, f := range found { // what can never hold is an error of its own
		if f.Severity == spec.Error && f.Code != "FSM062" {
			t.Fatalf("%s, %s: %v", a, b, f)
		}
	}
	transitions := m.States[0].On[0].Transitions
	return transitions[0].Guard.Expr, transitions[1].Guard.Expr
}

func TestTogether_TwoGuards(t *testing.T) {
	tests := []struct {
		a, b string
		want expr.Possibility
	}{
		{"payload.n > 3", "payload.n < 3", expr.Impossible},
		{"payload.n > 3", "payload.n <= 4", expr.Possible},
		{"payload.n > 3", "payload.n < 4", expr.Impossible}, // nothing is between whole numbers
		{"payload.x > 3", "payload.x < 4", expr.Possible},
		{"payload.n == 3", "payload.n != 3", expr.Impossible},
		{"payload.n != 3", "payload.n != 4", expr.Possible},
		{"payload.n > 3 && payload.n < 6 && payload.n != 4", "payload.n != 5", expr.Impossible},
		{"data.count + 1 >= params.limit", "data.count < 0", expr.Impossible}, // the limit is at least 1
		{"data.count + 1 >= params.limit", "data.count + 1 < params.limit", expr.Impossible},
		{"data.count + 1 >= params.limit", "data.count < 5", expr.Possible},
		{"params.limit > 9", "g", expr.Impossible},
		{"data.size < 0", "g", expr.Impossible},
		{"2 * payload.n == 4", "payload.n == 2", expr.Possible},
		{"2 * payload.n == 4", "payload.n == 3", expr.Impossible},
		{"payload.n * payload.n == 4", "payload.n == 3", expr.Undecided},
		{"params.wait < 500ms", "g", expr.Impossible},
		{"data.last > params.wait", "data.last < 1s", expr.Impossible},
		{"-payload.n > 0", "payload.n > 0", expr.Impossible},
		{`payload.who == "a"`, `payload.who == "b"`, expr.Impossible},
		{`payload.who == "a"`, `payload.who != "b"`, expr.Possible},
		{`payload.who == data.mood && data.mood == "a"`, `payload.who != "a"`, expr.Impossible},
		{"data.ready", "!data.ready", expr.Impossible},
		{"data.ready == true", "!data.ready", expr.Impossible},
		{"data.ready != true", "data.ready != false", expr.Impossible},
		{"g", "!g", expr.Impossible},
		{"g", "h", expr.Undecided},
		{"g && payload.n > 3", "!(g || payload.n < 9)", expr.Impossible},
		{"g || payload.n > 3", "payload.n > 7", expr.Possible},
		{"!(payload.n > 3 || payload.n < 3)", "payload.n == 3", expr.Possible},
		{"!(payload.n > 3 || payload.n < 3)", "payload.n == 4", expr.Impossible},
	}
	for _, tt := range tests {
		x, y := conditions(t, tt.a, tt.b)
		for _, order := range [][2]*expr.Expr{{x, y}, {y, x}} {
			got := expr.Together(expr.Claim{Expr: order[0], Holds: true}, expr.Claim{Expr: order[1], Holds: true})
			if got != tt.want {
				t.Errorf("Together(%s, %s) = %d; want %d", tt.a, tt.b, got, tt.want)
			}
		}
	}
}

func TestImplies_TwoGuards(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"payload.n > 5", "payload.n > 3", true},
		{"payload.n > 3", "payload.n > 5", false},
		{"g && h", "g", true},
		{"g", "g || h", true},
		{"g", "h", false},
		{"data.count > 8", "data.count + 1 >= params.limit", true},
	}
	for _, tt := range tests {
		x, y := conditions(t, tt.a, tt.b)
		if got := expr.Implies(x, y); got != tt.want {
			t.Errorf("Implies(%s, %s) = %t; want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestTogether_NilAlwaysHolds(t *testing.T) {
	x, _ := conditions(t, "g", "h")
	if got := expr.Together(expr.Claim{Expr: nil, Holds: false}); got != expr.Impossible {
		t.Errorf("nothing that does not hold = %d; want %d", got, expr.Impossible)
	}
	if !expr.Implies(x, nil) {
		t.Error("Implies(g, nothing) = false; want true")
	}
}

func TestHides_OnlyWhatIsCertainInGo(t *testing.T) {
	tests := []struct {
		earlier, later string
		want           bool
	}{
		{"g", "g", true},
		{"g", "h", false},
		{"g", "g && h", true},
		{"g && h", "g", false},
		{"payload.n > 3", "payload.n > 5", true},
		{"payload.n > 5", "payload.n > 3", false},
		{`payload.who != "a"`, `payload.who == "b"`, true},
		{"data.count + 1 >= params.limit", "data.count + 1 >= params.limit", true},
		{"data.count + 1 > 5", "data.count > 4", false}, // the sum may overflow
		{"payload.x >= 3", "payload.x >= 3", true},
		{"payload.x >= 3", "!(payload.x < 3)", false}, // the field may be NaN
	}
	for _, tt := range tests {
		earlier, later := conditions(t, tt.earlier, tt.later)
		if got := expr.Hides(earlier, later); got != tt.want {
			t.Errorf("Hides(%s, %s) = %t; want %t", tt.earlier, tt.later, got, tt.want)
		}
	}
}

func TestTogether_ManyInequalitiesAreNotTriedOneByOne(t *testing.T) {
	var many strings.Builder
	many.WriteString("payload.n != 0")
	for i := range 40 {
		many.WriteString(fmt.Sprintf(" && payload.n != %d", i+1))
	}
	x, y := conditions(t, many.String(), "g")
	got := expr.Together(expr.Claim{Expr: x, Holds: true}, expr.Claim{Expr: y, Holds: true})
	if got != expr.Undecided {
		t.Errorf("Together() = %d; want Undecided, %d", got, expr.Undecided)
	}
}
