package expr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec/expr"
)

// known is an environment in which what is missing is not known. It counts the questions.
type known struct {
	values expr.Values
	asked  []string
}

func (k *known) Value(e *expr.Expr) any {
	name, _ := e.Var()
	return k.values[name]
}

func (k *known) Guard(e *expr.Expr) bool {
	k.asked = append(k.asked, e.String())
	return k.values.Guard(e)
}

func (k *known) Claim(e *expr.Expr, truth *bool) bool {
	if truth == nil {
		k.asked = append(k.asked, e.String())
		return false
	}
	return *truth
}

func TestHolds_KnownValues(t *testing.T) {
	values := expr.Values{
		{Op: expr.OpGuard, Name: "locked"}:     true,
		{Op: expr.OpData, Name: "failures"}:    4,
		{Op: expr.OpData, Name: "small"}:       0.1,
		{Op: expr.OpData, Name: "b"}:           uint8(4),
		{Op: expr.OpData, Name: "ok"}:          false,
		{Op: expr.OpParam, Name: "limit"}:      3,
		{Op: expr.OpParam, Name: "rate"}:       0.1,
		{Op: expr.OpParam, Name: "wait"}:       int64(30e9),
		{Op: expr.OpPayload, Name: "by"}:       "ann",
		{Op: expr.OpPayload, Name: "count"}:    uint8(4),
		{Op: expr.OpGuard, Name: "not_needed"}: true,
	}
	for _, tt := range []struct {
		guard string
		want  bool
	}{
		{"locked", true},
		{"'!locked || broken'", false},
		{"locked && !broken", true},
		{"data.failures > params.limit", true},
		{"data.failures - 1 - 1 > params.limit - 1", false},
		{"data.failures - (1 - 1) > params.limit", true},
		{"-data.failures == 0 - 4", true},
		{"data.failures * 2 == 8", true},
		{"params.rate + 0.2 == 0.30000000000000004", true}, // as in Go
		{"data.b == payload.count", true},
		{"'!data.ok'", true},
		{"data.ok == (data.failures > 3)", false},
		{`payload.by == "ann" && payload.by != "bob"`, true},
		{"params.wait == 30s && 2 * params.wait > 59s", true},
		{"params.wait >= 1m", false},
	} {
		e := guards(t, tt.guard)[0]
		for range 2 { // an expression has no state
			if got := expr.Holds(e, &known{values: values}); got != tt.want {
				t.Errorf("%s is %t; want %t", tt.guard, got, tt.want)
			}
		}
	}
}

func TestHolds_AsksWhatTheAnswerDependsOn(t *testing.T) {
	for _, tt := range []struct {
		guard string
		want  []string
	}{
		{"locked || broken", []string{"locked", "broken"}},
		{"locked && broken", []string{"locked"}},
		{"data.failures > 1 || locked", []string{"data.failures > 1", "locked"}},
		{"data.failures + 1 > 1 && locked", []string{"data.failures + 1 > 1"}},
		{"params.limit > 1 || locked", nil},
	} {
		env := &known{values: expr.Values{{Op: expr.OpParam, Name: "limit"}: 3}}
		expr.Holds(guards(t, tt.guard)[0], env)
		if diff := cmp.Diff(tt.want, env.asked); diff != "" {
			t.Errorf("%s asks (-want +got):\n%s", tt.guard, diff)
		}
	}
}

func TestSolve_FirstGuardThatHolds(t *testing.T) {
	for _, texts := range [][]string{
		{"locked", "broken"},
		{"data.failures > params.limit", "data.failures == params.limit", "'!locked'"},
		{`payload.by == "ann"`, `payload.by != "bob"`, "locked"},
		{"params.wait > 1m", "data.last > params.wait", "data.last == 1s"},
		{"params.rate < 1.5", "data.small == 2.25 && locked"},
		{"payload.count > 254", "payload.count + 0 == 3 && broken", "data.ok"},
	} {
		all := guards(t, texts...)
		for want := range len(all) + 1 {
			values, ok := expr.Solve(all, want)
			if !ok {
				t.Errorf("%q: no values for %d", texts, want)
				continue
			}
			for i, e := range all {
				if holds := expr.Holds(e, values); i < want && holds || i == want && !holds {
					t.Errorf("%q with %v for %d: %s is %t", texts, values, want, texts[i], holds)
				}
			}
			if again, _ := expr.Solve(all, want); !cmp.Equal(values, again) {
				t.Errorf("%q for %d: %v, and then %v", texts, want, values, again)
			}
		}
	}
}

func TestValue_TypeOfADeclaration(t *testing.T) {
	tests := []struct {
		typ, text string
		want      any
	}{
		{"string", "10", "10"},
		{"bool", "true", true},
		{"int", "-3", int64(-3)},
		{"uint8", "0x10", int64(16)},
		{"duration", "2s", int64(2e9)},
		{"float64", "1.5", 1.5},
		{"float64", "2", 2.0},
	}
	for _, tt := range tests {
		if got := expr.Value(tt.typ, tt.text); got != tt.want {
			t.Errorf("Value(%s, %s) = %v (%T); want %v (%T)", tt.typ, tt.text, got, got, tt.want, tt.want)
		}
	}
}

func TestIsZero_ZeroValueOfEachType(t *testing.T) {
	for _, v := range []any{nil, false, "", int64(0), 0.0} {
		if !expr.IsZero(v) {
			t.Errorf("IsZero(%v) of %T = false", v, v)
		}
	}
	for _, v := range []any{true, "no", int64(-1), 0.5} {
		if expr.IsZero(v) {
			t.Errorf("IsZero(%v) of %T = true", v, v)
		}
	}
}

func TestSolve_GuardThatNeverComesFirst(t *testing.T) {
	all := guards(t, "locked", "locked && broken")
	if values, ok := expr.Solve(all, 1); ok {
		t.Errorf("Solve = %v; want none, for the first guard holds where the second does", values)
	}
	if values, ok := expr.Solve(append(all[:1:1], nil), 2); ok {
		t.Errorf("Solve = %v; want none, for no guard always holds", values)
	}
}
