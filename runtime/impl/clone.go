package impl

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"
)

// Clone returns a deep copy of the data of a machine for a snapshot: the copy does not change when
// the machine goes on. It copies maps, slices, arrays, structs, the values of pointers, and the
// values in interfaces. A pointer that occurs twice occurs twice in the copy. The copy shares with
// the original: channels, functions, keys of maps, unexported fields, and pointers to structs
// without exported fields, such as *os.File. A value of a type without exported fields that
// marshals itself, such as big.Int, is copied by way of JSON.
func Clone[T any](data T) T {
	if !shares(reflect.TypeFor[T]()) {
		return data
	}
	return deepClone(data)
}

// deepClone is Clone for a type that shares memory. It is a function of its own because it takes
// the address of data, which would make Clone allocate for plain data too.
func deepClone[T any](data T) T {
	v := reflect.ValueOf(&data).Elem()
	v.Set(cloner{}.clone(v))
	return data
}

// cloner holds the copies of the pointers and maps that it has met. It keeps cycles, and pointers
// that occur twice.
type cloner map[visited]reflect.Value

// visited identifies a pointer or map. The type is part of it: a struct and its first field have
// one address.
type visited struct {
	address uintptr
	of      reflect.Type
}

// clone returns a copy of v, or v itself if its type shares no memory.
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

// elements copies the elements of a slice or array of the same length.
func (c cloner) elements(to, from reflect.Value) {
	for i := range from.Len() {
		to.Index(i).Set(c.clone(from.Index(i)))
	}
}

// cloneMap copies a map once. The copy is stored before its values are copied, which may lead back
// to it.
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

// clonePointer copies what a pointer points to, once.
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
	if to.Type() != v.Type() { // v has a named pointer type
		to = to.Convert(v.Type())
	}
	return to
}

// cloneStruct copies a struct by JSON if it is opaque and marshals itself, otherwise field by
// field.
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

// shared caches the results of shares: its keys are reflect.Type, its values bool.
var shared sync.Map

// shares reports whether a plain copy of a value of the type can share memory with the value that
// Clone must not share.
func shares(t reflect.Type) bool {
	if known, ok := shared.Load(t); ok {
		return known.(bool)
	}
	found := reaches(t, map[reflect.Type]bool{})
	shared.Store(t, found)
	return found
}

// reaches is shares without the cache. open holds the types on the way here, so that a recursive
// type ends.
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
		for field := range t.Fields() {
			if reaches(field.Type, open) {
				return true
			}
		}
	}
	return false
}

// hides reports whether a type is a struct with fields, none of them exported.
func hides(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return false
	}
	for field := range t.Fields() {
		if field.IsExported() {
			return false
		}
	}
	return true
}

// marshals reports whether values of a type marshal and unmarshal themselves, to JSON or text.
func marshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	writes := p.Implements(reflect.TypeFor[json.Marshaler]()) || p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
	reads := p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	return writes && reads
}
