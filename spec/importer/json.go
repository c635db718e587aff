package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// value is a value of a JSON file.
type value struct {
	scalar  any            // string, json.Number, bool or nil of what is neither list nor object
	list    []*value       // of a list
	members []member       // of an object, in the order of the file, with different keys
	index   map[string]int // of a key in members
	kind    byte           // '[', '{' or 0
	offset  int64
}

type member struct {
	key   string
	value *value
	at    int64
}

// readJSON reads a file that is one value.
func (i *importer) readJSON() (*value, error) {
	i.decode()
	if err := i.checkUTF8(); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(i.source))
	d.UseNumber()
	v, err := i.readValue(d, 0)
	if err != nil {
		return nil, err
	}
	end := i.next(d.InputOffset())
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, i.syntax(end, "more than one value")
	}
	return v, nil
}

// next is where the token behind an offset begins.
func (i *importer) next(offset int64) int64 {
	rest := i.source[offset:]
	return offset + int64(len(rest)-len(bytes.TrimLeft(rest, " \t\r\n,:")))
}

func (i *importer) readValue(d *json.Decoder, depth int) (*value, error) {
	v := &value{offset: i.next(d.InputOffset())}
	if depth > maxDepth {
		return nil, i.syntax(v.offset, fmt.Sprintf("values deeper than %d", maxDepth))
	}
	token, err := d.Token()
	if err != nil {
		return nil, i.jsonError(d, err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		v.scalar = token
		return v, nil
	}
	for v.kind = byte(delim); d.More(); {
		if err := i.readMember(d, v, depth); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, i.jsonError(d, err)
	}
	return v, nil
}

// readMember reads one thing into a list or an object.
func (i *importer) readMember(d *json.Decoder, v *value, depth int) error {
	m := member{at: i.next(d.InputOffset())}
	if v.kind == '{' {
		token, err := d.Token()
		if err != nil {
			return i.jsonError(d, err)
		}
		m.key, _ = token.(string)
	}
	inner, err := i.readValue(d, depth+1)
	if err != nil {
		return err
	}
	if v.kind == '[' {
		v.list = append(v.list, inner)
		return nil
	}
	m.value = inner
	i.addMember(v, m)
	return nil
}

// addMember puts a member into an object. Of two with the same key the second counts, as for JSON.parse.
func (i *importer) addMember(v *value, m member) {
	if first, twice := v.index[m.key]; twice {
		i.notTaken(m.at, "the key `"+m.key+"` is there twice; only this one is taken", "leave one out")
		v.members[first].value, v.members[first].at = m.value, m.at
		return
	}
	v.set(m)
}

func (i *importer) jsonError(d *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return i.syntax(int64(len(i.source)), "the file ends too soon")
	}
	if at := i.next(d.InputOffset()); int(at) < len(i.source) {
		if problem := i.noJSON(at); problem != "" {
			return i.syntax(at, problem)
		}
	}
	offset := d.InputOffset()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	}
	return i.syntax(offset, strings.TrimPrefix(err.Error(), "json: "))
}

// noJSON says what stands at a place of the source that JavaScript allows and JSON does not; empty if that is not known.
func (i *importer) noJSON(at int64) string {
	before := bytes.TrimRight(i.source[:at], " \t\r\n")
	switch c := i.source[at]; {
	case c == '/':
		return "JSON has no comments; take them out"
	case (c == '}' || c == ']') && bytes.HasSuffix(before, []byte(",")):
		return "JSON has no comma before " + string(c) + "; take it out"
	case c == '\'':
		return "JSON has its texts and keys in double quotes"
	case len(before) == 0 && (c == '<' || c == '%' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '('):
		return "this is not JSON; give a file with what JSON.stringify(config) returns"
	case (c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && bytes.HasSuffix(before, []byte(":")):
		return "JSON has no code; a function is given by its name in double quotes"
	case c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return "JSON has its texts and keys in double quotes"
	}
	return ""
}

// get is the member of an object, or nil.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	if at, ok := v.index[key]; ok {
		return v.members[at].value
	}
	return nil
}

// set gives an object a member, instead of the one that has its key.
func (v *value) set(m member) {
	if v.index == nil {
		v.index = map[string]int{}
	}
	if at, ok := v.index[m.key]; ok {
		v.members[at] = m
		return
	}
	v.index[m.key] = len(v.members)
	v.members = append(v.members, m)
}

// text is the value of a text, or empty.
func (v *value) text() string {
	if v == nil {
		return ""
	}
	s, _ := v.scalar.(string)
	return s
}

// all are the members of an object; none for anything else.
func (v *value) all() []member {
	if v == nil {
		return nil
	}
	return v.members
}

func (v *value) kindIs(kind byte) bool { return v != nil && v.kind == kind }

// isTrue reports whether the value is true.
func (v *value) isTrue() bool { return v != nil && v.scalar == true }

func (v *value) isNull() bool { return v == nil || v.kind == 0 && v.scalar == nil }

// items are those of a list, or the value itself as the only one; none for nothing.
func (v *value) items() []*value {
	switch {
	case v == nil:
		return nil
	case v.kind == '[':
		return v.list
	default:
		return []*value{v}
	}
}

// write writes the value as JSON on one line.
func (v *value) write(b *strings.Builder) {
	switch v.kind {
	case '[':
		b.WriteByte('[')
		for i, item := range v.list {
			if i > 0 {
				b.WriteString(", ")
			}
			item.write(b)
		}
		b.WriteByte(']')
	case '{':
		b.WriteByte('{')
		for i, m := range v.members {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "%q: ", m.key)
			m.value.write(b)
		}
		b.WriteByte('}')
	default:
		text, err := json.Marshal(v.scalar)
		if err != nil {
			panic(err) // it came out of JSON
		}
		b.Write(text)
	}
}
