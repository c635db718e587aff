package solve_test

import (
	"fmt"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/analyze/solve"
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
func conditions(t testing.TB, a, b string) (x, y *spec.Expr) {
	t.Helper()
	m, found := spec.Load("m.fsm.yaml", fmt.Appendf(nil, machine, a, b))
	for _, f := range found { // what can never hold is an error of its own
		if f.Severity == spec.Error && f.Code != "FSM062" {
			t.Fatalf("%s, %s: %v", a, b, f)
		}
	}
	arms := m.States[0].On[0].Arms
	return arms[0].Guard.Expr, arms[1].Guard.Expr
}

func TestWhetherTwoConditionsCanHoldTogether(t *testing.T) {
	tests := []struct {
		a, b string
		want solve.Answer
	}{
		{"payload.n > 3", "payload.n < 3", solve.No},
		{"payload.n > 3", "payload.n <= 4", solve.Yes},
		{"payload.n > 3", "payload.n < 4", solve.No}, // nothing is between whole numbers
		{"payload.x > 3", "payload.x < 4", solve.Yes},
		{"payload.n == 3", "payload.n != 3", solve.No},
		{"payload.n != 3", "payload.n != 4", solve.Yes},
		{"payload.n > 3 && payload.n < 6 && payload.n != 4", "payload.n != 5", solve.No},
		{"data.count + 1 >= params.limit", "data.count < 0", solve.No}, // the limit is at least 1
		{"data.count + 1 >= params.limit", "data.count + 1 < params.limit", solve.No},
		{"data.count + 1 >= params.limit", "data.count < 5", solve.Yes},
		{"params.limit > 9", "g", solve.No},
		{"data.size < 0", "g", solve.No},
		{"2 * payload.n == 4", "payload.n == 2", solve.Yes},
		{"2 * payload.n == 4", "payload.n == 3", solve.No},
		{"payload.n * payload.n == 4", "payload.n == 3", solve.Perhaps},
		{"params.wait < 500ms", "g", solve.No},
		{"data.last > params.wait", "data.last < 1s", solve.No},
		{"-payload.n > 0", "payload.n > 0", solve.No},
		{`payload.who == "a"`, `payload.who == "b"`, solve.No},
		{`payload.who == "a"`, `payload.who != "b"`, solve.Yes},
		{`payload.who == data.mood && data.mood == "a"`, `payload.who != "a"`, solve.No},
		{"data.ready", "!data.ready", solve.No},
		{"data.ready == true", "!data.ready", solve.No},
		{"data.ready != true", "data.ready != false", solve.No},
		{"g", "!g", solve.No},
		{"g", "h", solve.Perhaps},
		{"g && payload.n > 3", "!(g || payload.n < 9)", solve.No},
		{"g || payload.n > 3", "payload.n > 7", solve.Yes},
		{"!(payload.n > 3 || payload.n < 3)", "payload.n == 3", solve.Yes},
		{"!(payload.n > 3 || payload.n < 3)", "payload.n == 4", solve.No},
	}
	for _, tt := range tests {
		x, y := conditions(t, tt.a, tt.b)
		for _, order := range [][2]*spec.Expr{{x, y}, {y, x}} {
			got := solve.Together(solve.Claim{Expr: order[0], Holds: true}, solve.Claim{Expr: order[1], Holds: true})
			if got != tt.want {
				t.Errorf("Together(%s, %s) = %d; want %d", tt.a, tt.b, got, tt.want)
			}
		}
	}
}

func TestWhatImpliesWhat(t *testing.T) {
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
		if got := solve.Implies(x, y); got != tt.want {
			t.Errorf("Implies(%s, %s) = %t; want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestAConditionThatIsNotThereAlwaysHolds(t *testing.T) {
	x, _ := conditions(t, "g", "h")
	if got := solve.Together(solve.Claim{Expr: nil, Holds: false}); got != solve.No {
		t.Errorf("nothing that does not hold = %d; want %d", got, solve.No)
	}
	if !solve.Implies(x, nil) {
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
		if got := solve.Hides(earlier, later); got != tt.want {
			t.Errorf("Hides(%s, %s) = %t; want %t", tt.earlier, tt.later, got, tt.want)
		}
	}
}

func TestTogether_ManyInequalitiesAreNotTriedOneByOne(t *testing.T) {
	many := "payload.n != 0"
	for i := range 40 {
		many += fmt.Sprintf(" && payload.n != %d", i+1)
	}
	x, y := conditions(t, many, "g")
	got := solve.Together(solve.Claim{Expr: x, Holds: true}, solve.Claim{Expr: y, Holds: true})
	if got != solve.Perhaps {
		t.Errorf("Together() = %d; want Perhaps, %d", got, solve.Perhaps)
	}
}
