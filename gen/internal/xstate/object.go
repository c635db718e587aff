package xstate

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object whose members stay in order.
type object struct{ members []member }

type member struct {
	key   string
	value any
}

// set adds a member, unless its value says nothing.
func (o *object) set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case *object:
		if len(v.members) == 0 {
			return
		}
	}
	o.put(key, value)
}

// put adds a member, whatever its value.
func (o *object) put(key string, value any) { o.members = append(o.members, member{key, value}) }

// MarshalJSON writes the members in the order in which they came.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, v := range []any{m.key, m.value} {
			if j > 0 {
				b.WriteByte(':')
			}
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(v); err != nil {
				return nil, err
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// indented is a value as JSON with line breaks, ending in a newline.
func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // objects hold only texts, numbers, lists and objects
	}
	return b.String()
}

// one is a list, or what is in it if that is one thing.
func one(list []any) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
