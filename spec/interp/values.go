package interp

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/spec"
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

// Defaults returns what data begins with, as far as the spec says it: a field whose type is not basic is not known.
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

// literal returns the value of a text of the spec as a basic type, and nil for a text or a type that has none. The empty text
// is the zero value.
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

// Parse returns the value of a text as the type of a payload or data field, or of a param, for whoever reads values that
// people write. Only basic types have one.
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
