package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// machineWithGuards is a machine that tries the guards, each a YAML scalar, in order.
func machineWithGuards(guards ...string) string {
	const head = `fsm: 1
machine: door
go: {imports: [time]}
events: {close: {payload: {by: string, count: uint8}}}
params: {limit: {type: int, default: 3}, wait: {type: duration, default: 3s}, rate: {type: float64}}
data: {failures: {type: int}, last: {type: time.Duration}, ok: {type: bool}, small: {type: float32}, b: {type: byte}}
guards: {locked: {}, broken: {}}
initial: open
states:
  open:
    on:
      close:
`
	var b strings.Builder
	b.WriteString(head)
	for _, g := range guards {
		fmt.Fprintf(&b, "        - {guard: %s, target: open}\n", g)
	}
	return b.String()
}

func TestParse_Tree(t *testing.T) {
	for _, tt := range []struct{ guard, want string }{
		{`locked`, `locked:bool`},
		{`"!locked"`, `(! locked:bool):bool`},
		{`locked && broken || data.ok`, `((locked:bool && broken:bool):bool || data.ok:bool):bool`},
		{`"!(locked || broken)"`, `(! (locked:bool || broken:bool):bool):bool`},
		{`data.failures + 1 >= params.limit`, `((data.failures:int + 1:):int >= params.limit:int):bool`},
		{`1 + 2 * 3 < data.failures`, `((1: + (2: * 3:):): < data.failures:int):bool`},
		{`data.last - 1m30s > 2 * params.wait`, `((data.last:duration - 1m30s:duration):duration > (2: * params.wait:duration):duration):bool`},
		{`payload.by == "ann"`, `(payload.by:string == "ann":string):bool`},
		{`-params.rate < 1.5`, `((- params.rate:float64):float64 < 1.5:):bool`},
		{`data.b == payload.count`, `(data.b:uint8 == payload.count:uint8):bool`},
		{`data.small != 1`, `(data.small:float32 != 1:):bool`},
		{`data.ok == false`, `(data.ok:bool == false:bool):bool`},
	} {
		if got := tree(guards(t, tt.guard)[0]); got != tt.want {
			t.Errorf("%s is %s; want %s", tt.guard, got, tt.want)
		}
	}
}

// guards are the expressions of guards, each a YAML scalar, of a machine without errors.
func guards(t testing.TB, texts ...string) []*expr.Expr {
	t.Helper()
	m := load(t, machineWithGuards(texts...))
	var all []*expr.Expr
	for _, a := range m.States[0].On[0].Transitions {
		all = append(all, a.Guard.Expr)
	}
	return all
}

func load(t testing.TB, src string) *spec.Machine {
	t.Helper()
	m, found := spec.Load("test.fsm.yaml", []byte(src))
	if found.HasErrors() {
		t.Fatal(found)
	}
	return m
}

// tree is an expression with the type of each node.
func tree(e *expr.Expr) string {
	text := e.String()
	switch {
	case e.Y != nil:
		text = "(" + tree(e.X) + " " + e.Op.String() + " " + tree(e.Y) + ")"
	case e.X != nil && e.Op == expr.OpNot:
		text = "(! " + tree(e.X) + ")"
	case e.X != nil:
		text = "(- " + tree(e.X) + ")"
	}
	return text + ":" + e.Type
}

func TestParse_PlacesAreThoseOfTheFile(t *testing.T) {
	for _, tt := range []struct{ guard, want string }{
		{`locked && ^lockd`, "lockd"},
		{`'locked && ^lockd'`, "lockd"},
		{`"!^lockd && locked"`, "lockd"},
		{`'payload.by == "it''s ö" && ^lockd || broken'`, "lockd"},
		{`"payload.by == \"ä\\\\\" && ^lockd"`, "lockd"},
		{`^lockd`, "lockd"},
		{`^"lockd"`, `"lockd"`},
		{`locked && ^data.failurs > 3`, "data.failurs"},
		{`^"locked && \x6cockd"`, `"locked && \x6cockd"`}, // an escape that is not worth following
	} {
		before, after, _ := strings.Cut(tt.guard, "^")
		src := machineWithGuards(before + after)
		_, found := spec.Load("test.fsm.yaml", []byte(src))
		lines := strings.Split(src, "\n")
		line := []rune(lines[len(lines)-2])
		column := len([]rune("        - {guard: "+before)) + 1
		if len(found) != 1 || found[0].Pos.Column != column {
			t.Errorf("%s: %v; want one finding in column %d", tt.guard, found, column)
			continue
		}
		if got := string(line[column-1 : found[0].End.Column-1]); got != tt.want {
			t.Errorf("%s: marked %s; want %s", tt.guard, got, tt.want)
		}
	}
}

func TestAll_GuardsFromLeftToRight(t *testing.T) {
	m := load(t, machineWithGuards(`"broken || !locked && broken"`))
	var names []string
	c := m.States[0].On[0].Transitions[0].Guard
	for r := range c.Guards() {
		names = append(names, r.Value)
		if r.Hook == nil || r.Hook.Name != r.Value {
			t.Errorf("%s is resolved to %v", r.Value, r.Hook)
		}
	}
	if diff := cmp.Diff([]string{"broken", "locked", "broken"}, names); diff != "" {
		t.Error(diff)
	}
	if c.Hook() != nil {
		t.Errorf("Hook() = %v of an expression; want nil", c.Hook())
	}
}

func TestOp_String(t *testing.T) {
	for op, want := range map[expr.Op]string{expr.OpAnd: "&&", expr.OpOr: "||", expr.OpNot: "!", expr.OpLessEqual: "<=", expr.OpData: ""} {
		if got := op.String(); got != want {
			t.Errorf("operator %d is %q; want %q", op, got, want)
		}
	}
}

func TestString_BracketsWhereNeeded(t *testing.T) {
	for _, guard := range []string{
		"locked && !broken", "locked || broken && locked", "(locked || broken) && locked", "!(locked && broken)",
		"data.failures - (data.failures - 1) > params.limit", "data.failures - 1 - 2 > 0", "(data.failures + 1) * 2 > 3",
		"-(data.failures + 1) < 0", "-(-data.failures) < 3", `payload.by == "a b"`, "data.ok == (data.small > 1)", "params.wait > 30s",
	} {
		written := guards(t, "'"+guard+"'")[0].String()
		if again := guards(t, "'"+written+"'")[0].String(); written != guard || again != guard {
			t.Errorf("%s is written %s, and then %s", guard, written, again)
		}
	}
}
