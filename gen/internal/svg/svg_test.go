package svg_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/svg"
	"github.com/fsmgen/fsmgen/spec"
)

func TestText_GoldenPictures(t *testing.T) { golden.Check(t, "svg", svg.Text) }

func TestText_IDsOfStatesAndTransitions(t *testing.T) {
	for _, m := range golden.Machines(t) {
		ids, _ := read(t, svg.Text(m))
		for s := range m.All() {
			if ids["state-"+s.Name] != 1 {
				t.Errorf("%s: %d elements are state-%s; want one", m.Path, ids["state-"+s.Name], s.Name)
			}
		}
		for tr := range chart.Transitions(m) {
			if ids["t-"+tr.ID] != 1 {
				t.Errorf("%s: %d elements are t-%s; want one", m.Path, ids["t-"+tr.ID], tr.ID)
			}
		}
	}
}

func TestText_MarkupInNames(t *testing.T) {
	const text = "a < b && c > \"d\" 'e' <script/> ]]> &amp; \x01"
	action := &spec.HookRef{Text: spec.Text{Value: text}}
	state := &spec.State{Name: "s", Kind: spec.Atomic, Doc: spec.Text{Value: text}, Entry: []*spec.HookRef{action}}
	m := &spec.Machine{
		Name: spec.Text{Value: "texts"}, Doc: spec.Text{Value: text},
		States: []*spec.State{state}, Initial: spec.Text{Value: "s"}, InitialState: state,
	}
	_, shown := read(t, svg.Text(m))
	want := strings.ReplaceAll(text, "\x01", "�")
	for _, place := range []string{want, "entry / " + want} {
		if !strings.Contains(shown, "\n"+place+"\n") {
			t.Errorf("the picture does not show %q:\n%s", place, shown)
		}
	}
}

// read is the picture as XML: how often each id is there, and its texts, each on a line.
func read(t *testing.T, picture string) (ids map[string]int, texts string) {
	t.Helper()
	ids = map[string]int{}
	var b strings.Builder
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ids, b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				if a.Name.Local == "id" {
					ids[a.Value]++
				}
			}
		case xml.CharData:
			b.WriteString("\n" + string(token) + "\n")
		}
	}
}
