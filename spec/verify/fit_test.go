package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

var lowest = math.MinInt

// values are some of each type, among them those that are hardest to keep.
var values = map[string][]any{
	"int": {0, math.MinInt, math.MaxInt}, "int8": {int8(-128), int8(127)}, "int64": {int64(math.MinInt64)}, "uint8": {uint8(255)},
	"uint64": {uint64(math.MaxUint64)}, "rune": {rune(-70000)}, "float32": {float32(1.5)}, "float64": {1.5, math.MaxFloat64},
	"bool": {true}, "string": {"", "many words"}, "time.Duration": {time.Duration(math.MaxInt64), time.Duration(-1)}, "time.Time": {time.Unix(1, 5)},
	"*int": {(*int)(nil), &lowest}, "[]int": {[]int(nil), []int{-1}}, "[]byte": {[]byte{200, 1}}, "[2]int": {[2]int{-1, 2}},
	"[]string": {[]string{"a"}}, "map[string]int": {map[string]int{"a": -1}}, "map[int]string": {map[int]string{-7: "a"}},
	"map[string]string": {map[string]string{"a": "b"}}, "any": {nil, 1.5, "a", []any{1.0}},
}

// TestStored_FitIsWhatJSONTakes writes values of each type as JSON and reads them as each other type.
func TestStored_FitIsWhatJSONTakes(t *testing.T) {
	for was, samples := range values {
		for is, others := range values {
			target := reflect.TypeOf(others[len(others)-1])
			if is == "any" {
				target = reflect.TypeFor[any]()
			}
			want := true
			for _, v := range samples {
				text, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				decoder := json.NewDecoder(bytes.NewReader(text))
				want = decoder.Decode(reflect.New(target).Interface()) == nil && want
			}
			s := &stored{old: &spec.Machine{}, new: &spec.Machine{}}
			if got := s.fit(was, is); got != want {
				t.Errorf("a %s fits a %s: %v; want %v", was, is, got, want)
			}
		}
	}
}

func TestStored_DeclaredTypes(t *testing.T) {
	load := func(types, removed string) *spec.Machine {
		m, found := spec.Load("m.fsm.yaml", fmt.Appendf(nil,
			"fsm: 1\nmachine: m\ntypes: {%s}\nsnapshots: {removed: {types: [%s]}}\ndata: {last: {type: Visit}}\ninitial: a\nstates: {a: {}}\n", types, removed))
		if found.HasErrors() {
			t.Fatal(found)
		}
		return m
	}
	old := load("Visit: {by: string, at: Place, before: '*Visit'}, Place: {x: int}", "")
	for _, tt := range []struct {
		name, types, removed string
		fits                 bool
	}{
		{"as it was", "Visit: {by: string, at: Place, before: '*Visit'}, Place: {x: int}", "", true},
		{"one field more", "Visit: {by: string, at: Place, before: '*Visit', how: int}, Place: {x: int}", "", true},
		{"a field renamed", "Visit: {by: string, at: Place, previous: {type: '*Visit', renamed_from: before}}, Place: {x: int}", "", true},
		{"a field removed", "Visit: {by: string, at: Place}, Place: {x: int}", "Visit.before", true},
		{"a field gone", "Visit: {by: string, at: Place}, Place: {x: int}", "Place.before", false},
		{"a field inside gone", "Visit: {by: string, at: Place, before: '*Visit'}, Place: {y: int}", "", false},
		{"a wider field", "Visit: {by: string, at: Place, before: '*Visit'}, Place: {x: int64}", "", true},
		{"a narrower field", "Visit: {by: string, at: Place, before: '*Visit'}, Place: {x: int32}", "", false},
		{"a map", "Visit: {by: string, at: 'map[string]int', before: '*Visit'}", "", true},
		{"a map of texts", "Visit: {by: string, at: 'map[string]string', before: '*Visit'}", "", false},
	} {
		s := &stored{old: old, new: load(tt.types, tt.removed)}
		for range 2 {
			if got := s.fit("[]Visit", "[]Visit"); got != tt.fits {
				t.Errorf("%s: fits %v; want %v", tt.name, got, tt.fits)
			}
		}
	}
}
