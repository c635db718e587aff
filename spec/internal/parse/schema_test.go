package parse

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/model"
)

// object is a JSON Schema of an object, as far as the language needs it.
type object struct {
	Properties  map[string]property
	Required    []string
	Definitions map[string]object
}

// property is what an editor shows of a word.
type property struct {
	Description string
	Ref         string `json:"$ref"`
}

func readSchema(t *testing.T) object {
	t.Helper()
	src, err := os.ReadFile("../../fsm.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema object
	if err := json.Unmarshal(src, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// words are the supported and the required words of a shape, sorted.
func words[T any](s shape[T]) [2][]string {
	var supported []string
	for _, w := range s.words {
		if w.read != nil {
			supported = append(supported, w.name)
		}
	}
	slices.Sort(supported)
	var required []string
	for _, example := range s.required {
		required = append(required, nameOf(example))
	}
	slices.Sort(required)
	return [2][]string{supported, required}
}

func TestSchema_WordsOfParser(t *testing.T) {
	schema := readSchema(t)
	for _, tt := range []struct {
		place string
		want  [2][]string
		got   object
	}{
		{"machine", words(machineShape()), schema},
		{"go", words(goShape()), schema.Definitions["go"]},
		{"param", words(paramShape()), schema.Definitions["param"]},
		{"data", words(dataShape()), schema.Definitions["data"]},
		{"event", words(eventShape()), schema.Definitions["event"]},
		{"hook", words(hookShape()), schema.Definitions["hook"]},
		{"state", words(stateShape()), schema.Definitions["state"]},
		{"transition", words(transitionShape()), schema.Definitions["transition"]},
		{"invoke", words(invokeShape()), schema.Definitions["invokeHook"]},
		{"choice", words(choiceShape()), schema.Definitions["choiceHook"]},
		{"reply", words(replyShape()), schema.Definitions["replyHook"]},
		{"timer", words(timerShape()), schema.Definitions["timer"]},
		{"property", words(propertyShape()), schema.Definitions["property"]},
		{"never", words(neverShape()), schema.Definitions["never"]},
		{"choose", words(chooseShape(nil)), schema.Definitions["choose"]},
		{"state's invoke", words(invocationShape(nil)), schema.Definitions["invocation"]},
		{"field", words(fieldShape()), schema.Definitions["field"]},
		{"named time", words(namedTimeShape(nil)), schema.Definitions["namedTime"]},
		{"snapshots", words(snapshotsShape()), schema.Definitions["snapshots"]},
		{"removed", words(removedShape()), schema.Definitions["removed"]},
	} {
		got := [2][]string{slices.Sorted(maps.Keys(tt.got.Properties)), slices.Sorted(slices.Values(tt.got.Required))}
		for name, p := range tt.got.Properties {
			if p.Description == "" && p.Ref != "#/definitions/goType" {
				t.Errorf("%s: %s has no description for editors to show", tt.place, name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: words, required words (-parser +schema):\n%s", tt.place, diff)
		}
	}
}

func TestReference_HasEveryWord(t *testing.T) {
	reference, err := os.ReadFile("../../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range [][2][]string{
		words(machineShape()), words(goShape()), words(paramShape()), words(dataShape()), words(eventShape()),
		words(hookShape()), words(invokeShape()), words(choiceShape()), words(replyShape()), words(timerShape()), words(stateShape()),
		words(invocationShape(nil)), words(transitionShape()), words(chooseShape(nil)), words(propertyShape()), words(neverShape()),
		words(fieldShape()), words(namedTimeShape(nil)), words(snapshotsShape()), words(removedShape()),
	} {
		for _, word := range place[0] {
			if !bytes.Contains(reference, []byte("`"+word+"`")) {
				t.Errorf("docs/language.md does not say what %s is", word)
			}
		}
	}
}

func TestSchema_AcceptsThePartsOfTheCheck(t *testing.T) {
	src, err := os.ReadFile("../../fsm.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions struct{ Part struct{ Enum []model.Part } }
	}
	if err := json.Unmarshal(src, &schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(model.Parts(), schema.Definitions.Part.Enum); diff != "" {
		t.Errorf("parts (-parser +schema):\n%s", diff)
	}
}

func TestSchema_ParamTypesOfCheck(t *testing.T) {
	src, err := os.ReadFile("../../fsm.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions struct {
			Param struct {
				Properties struct {
					Type struct{ Enum []string }
				}
			}
		}
	}
	if err := json.Unmarshal(src, &schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decl.ParamTypes, schema.Definitions.Param.Properties.Type.Enum); diff != "" {
		t.Errorf("types of params (-parser +schema):\n%s", diff)
	}
}
