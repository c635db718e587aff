package simulate

import (
	"maps"
	"slices"
	"strconv"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// Values are fields by their name: a payload, params, data. What is missing, or nil, is not known.
type Values map[string]any

func (v Values) clone() Values {
	if v == nil {
		return Values{}
	}
	return maps.Clone(v)
}

// only returns those of the values that have one of the names.
func (v Values) only(names []*spec.Field) Values {
	rest := Values{}
	for _, f := range names {
		if value, ok := v[f.Name]; ok {
			rest[f.Name] = value
		}
	}
	return rest
}

// Defaults returns the initial values of data. A field of a type that is not basic is not known.
func Defaults(data []*spec.Field) Values {
	values := Values{}
	for _, f := range data {
		if value := literal(f.Type.Value, f.Default.Value); value != nil {
			values[f.Name] = value
		}
	}
	return values
}

// settings completes params with their defaults.
func settings(params []*spec.Param, given Values) (Values, error) {
	values := given.clone()
	for _, p := range params {
		if _, ok := given[p.Name]; !ok {
			values[p.Name] = literal(p.Type.Value, p.Default.Value)
		}
	}
	for name := range given {
		if !slices.ContainsFunc(params, func(p *spec.Param) bool { return p.Name == name }) {
			return nil, &ParamError{Param: name}
		}
	}
	return values, nil
}

// literal returns the value of a text of the spec as a basic type, and nil for a text or a type that has none. The
// empty text is the zero value.
func literal(typ, text string) any {
	switch typ {
	case "bool":
		return text == "true"
	case "string":
		return text
	case "duration", "time.Duration":
		d, err := time.ParseDuration(text)
		if err != nil && text != "" {
			return nil
		}
		return d
	case "float64", "float32":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && text != "" {
			return nil
		}
		return f
	case "uint", "uint8", "uint16", "uint32", "uint64", "byte":
		n, err := strconv.ParseUint(text, 0, 64)
		if err != nil && text != "" {
			return nil
		}
		return n
	case "int", "int8", "int16", "int32", "int64", "rune":
		n, err := strconv.ParseInt(text, 0, 64)
		if err != nil && text != "" {
			return nil
		}
		return n
	default:
		return nil
	}
}

// Parse returns the value of a text as the type of a payload or data field, or of a param, for programs that read
// values of scripts and flags. Only basic types have one.
func Parse(typ, text string) (any, bool) {
	value := literal(typ, text)
	if typ == "bool" && text != "true" && text != "false" {
		return nil, false
	}
	if text == "" && typ != "string" {
		return nil, false
	}
	return value, value != nil
}

// holds reports whether a condition does. What it says about values that are not known is a question for the oracle.
func (t *turn) holds(c *spec.Condition) bool { return c == nil || expr.Holds(c.Expr, guardEnv{t}) }

// guardEnv is the environment of the guards that a turn computes.
type guardEnv struct{ turn *turn }

// Value returns what the turn knows about a value.
func (g guardEnv) Value(e *expr.Expr) any {
	switch e.Op {
	case expr.OpPayload:
		return g.turn.payload[e.Name]
	case expr.OpData:
		return g.turn.data[e.Name]
	default:
		return g.turn.params[e.Name]
	}
}

// Guard asks the oracle about a guard.
func (g guardEnv) Guard(e *expr.Expr) bool { return g.turn.ask(g.turn.question(e.Guard.Hook)) }

// Claim asks the oracle about what the values do not say, and about what the oracle decides itself.
func (g guardEnv) Claim(e *expr.Expr, known *bool) bool {
	t := g.turn
	q := &Question{
		Expr: e, Computed: known, State: t.leaf, Payload: t.payload, Data: t.data, Params: t.params, Turn: t.turns, turn: t,
	}
	if o, decides := t.oracle.(Overrider); known == nil || decides && o.Overrides(q) {
		return t.ask(q)
	}
	return *known
}

func (t *turn) ask(q *Question) bool {
	answer := t.oracle.Guard(q)
	t.note(Entry{Kind: Asked, Name: q.Name(), Value: answer, State: t.leaf.Name})
	return answer
}

// Holds reports whether a condition does, for another engine: q says what is known, and what its questions are about.
func Holds(c *spec.Condition, o Oracle, q Question) bool {
	m := &Machine{oracle: o, data: q.Data, params: q.Params, clock: fsm.NewVirtualClock(), turns: q.Turn}
	t := turn{Machine: m, leaf: q.State, payload: q.Payload}
	return t.holds(c)
}
