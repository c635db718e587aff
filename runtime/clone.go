package runtime

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"
)

// Clone returns a deep copy of the data of a machine, as a snapshot has it: the copy stays as it is while the machine goes on.
// Copied are maps, slices, arrays, structs, what pointers point to, and what is in an interface; a pointer that occurs twice
// occurs twice in the copy. Shared with the original are channels, functions, keys of maps, fields that are not exported, and
// pointers to structs that export none, such as *os.File. A type that hides what it consists of and marshals itself, such as
// big.Int, is copied by way of JSON.
func Clone[T any](data T) T {
	if !shares(reflect.TypeFor[T]()) {
		return data
	}
	return deepClone(data)
}

// deepClone is Clone of data that is not plain. It has a copy of its own to take the address of.
func deepClone[T any](data T) T {
	v := reflect.ValueOf(&data).Elem()
	v.Set(cloner{}.clone(v))
	return data
}

// cloner holds the copies of the pointers and maps that it has met, which may be on a cycle.
type cloner map[visited]reflect.Value

type visited struct {
	address uintptr
	of      reflect.Type
}

func (c cloner) clone(v reflect.Value) reflect.Value {
	if !shares(v.Type()) {
		return v
	}
	switch v.Kind() {
	case reflect.Map:
		return c.cloneMap(v)
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		c.elements(to, v)
		return to
	case reflect.Array:
		to := reflect.New(v.Type()).Elem()
		c.elements(to, v)
		return to
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		to := reflect.New(v.Type()).Elem()
		to.Set(c.clone(v.Elem()))
		return to
	case reflect.Pointer:
		return c.clonePointer(v)
	case reflect.Struct:
		return c.cloneStruct(v)
	default:
		return v
	}
}

func (c cloner) elements(to, from reflect.Value) {
	for i := range from.Len() {
		to.Index(i).Set(c.clone(from.Index(i)))
	}
}

func (c cloner) cloneMap(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	id := visited{v.Pointer(), v.Type()}
	if to, ok := c[id]; ok {
		return to
	}
	to := reflect.MakeMapWithSize(v.Type(), v.Len())
	c[id] = to
	for each := v.MapRange(); each.Next(); {
		to.SetMapIndex(each.Key(), c.clone(each.Value()))
	}
	return to
}

func (c cloner) clonePointer(v reflect.Value) reflect.Value {
	if v.IsNil() || hides(v.Type().Elem()) && !marshals(v.Type().Elem()) {
		return v
	}
	id := visited{v.Pointer(), v.Type()}
	if to, ok := c[id]; ok {
		return to
	}
	to := reflect.New(v.Type().Elem())
	c[id] = to
	to.Elem().Set(c.clone(v.Elem()))
	if to.Type() != v.Type() { // of a named pointer type
		to = to.Convert(v.Type())
	}
	return to
}

func (c cloner) cloneStruct(v reflect.Value) reflect.Value {
	to := reflect.New(v.Type())
	if hides(v.Type()) && marshals(v.Type()) {
		from := reflect.New(v.Type()) // the methods may be those of the pointer
		from.Elem().Set(v)
		if text, err := json.Marshal(from.Interface()); err == nil && json.Unmarshal(text, to.Interface()) == nil {
			return to.Elem()
		}
	}
	to.Elem().Set(v)
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			to.Elem().Field(i).Set(c.clone(v.Field(i)))
		}
	}
	return to.Elem()
}

// shared remembers what shares has found out.
var shared sync.Map // of reflect.Type: bool

// shares reports whether a copy of a value of the type may share memory with it that a clone must not share.
func shares(t reflect.Type) bool {
	if known, ok := shared.Load(t); ok {
		return known.(bool)
	}
	found := reaches(t, map[reflect.Type]bool{})
	shared.Store(t, found)
	return found
}

func reaches(t reflect.Type, open map[reflect.Type]bool) bool {
	if open[t] || t == reflect.TypeFor[time.Time]() {
		return false
	}
	open[t] = true
	switch t.Kind() {
	case reflect.Map, reflect.Slice, reflect.Interface, reflect.Pointer:
		return true
	case reflect.Array:
		return reaches(t.Elem(), open)
	case reflect.Struct:
		for i := range t.NumField() {
			if reaches(t.Field(i).Type, open) {
				return true
			}
		}
	}
	return false
}

// hides reports whether a type is a struct with fields of which none is exported.
func hides(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return false
	}
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

// marshals reports whether values of a type write and read themselves.
func marshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	writes := p.Implements(reflect.TypeFor[json.Marshaler]()) || p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
	reads := p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	return writes && reads
}
