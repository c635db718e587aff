package parse

import (
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// shape is a mapping of the language: its place in words, a whole example, the words that it can have and those that
// it must have.
type shape[T any] struct {
	place    string
	example  string
	words    []word[T]
	required []string // each as it could be written, `initial: open`
}

// word is a key of a shape, and how its value gets into a T. A word without read is one of other languages, or one
// that belongs to another shape.
type word[T any] struct {
	name      string
	read      func(p *parser, into *T, value *yaml.Node)
	elsewhere string // where it belongs
	instead   string // the word of this shape that means the same
}

// of makes the example one of the declaration of a name.
func (s shape[T]) of(name string) shape[T] {
	if decl.SnakeCase.MatchString(name) && len(name) <= wording.MaxQuoted {
		s.example = name + strings.TrimPrefix(s.example, nameOf(s.example))
	}
	return s
}

// names are the supported words of the shape.
func (s shape[T]) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, w := range s.words {
			if w.read != nil && !yield(w.name) {
				return
			}
		}
	}
}

func (s shape[T]) find(name string) (word[T], bool) {
	i := slices.IndexFunc(s.words, func(w word[T]) bool { return w.name == name })
	if i < 0 {
		return word[T]{}, false
	}
	return s.words[i], true
}

// read reads a mapping into what it declares. An unknown word is reported and then read as the one that it is nearest
// to, so that one misspelt word is one finding.
func (s shape[T]) read(p *parser, into *T, n *yaml.Node) {
	entries := p.entries(n, s.example)
	seen := map[string]bool{}
	for _, e := range entries {
		if w, ok := s.find(e.key.Value); ok {
			seen[w.name] = true
		}
	}
	for i := 0; i < len(entries); i++ {
		w, ok := s.find(entries[i].key.Value)
		if !ok {
			if broken := s.strays(n, entries[i:]); i > 0 && broken > 0 && syntax.IsPlain(entries[i-1].value) {
				p.stray(entries[i-1 : i+broken])
				i += broken - 1
				continue
			}
			if w, ok = s.unknown(p, entries[i].key, seen); !ok {
				continue
			}
			seen[w.name] = true
		}
		s.readWord(p, into, w, entries[i], seen)
	}
	s.missing(p, n, seen)
}

// nameOf is the word that an example begins with.
func nameOf(example string) string {
	name, _, _ := strings.Cut(example, ":")
	return name
}

// missing reports the words that a mapping must have and has not, all at once.
func (s shape[T]) missing(p *parser, n *yaml.Node, seen map[string]bool) {
	var missing, examples []string
	for _, example := range s.required {
		if name := nameOf(example); !seen[name] {
			missing = append(missing, wording.Quote(name))
			examples = append(examples, wording.Quote(example))
		}
	}
	if n.Kind == yaml.MappingNode && len(missing) > 0 {
		p.Add(rule.Missing, finding.Finding{
			Pos: syntax.PosOf(n), Message: s.place + " needs " + strings.Join(missing, ", "),
			Help: "add " + strings.Join(examples, ", "),
		})
	}
}

func (s shape[T]) readWord(p *parser, into *T, w word[T], e entry, seen map[string]bool) {
	if w.read == nil {
		f := finding.Finding{Pos: syntax.PosOf(e.key), Message: wording.Quote(w.name) + " is not a word of " + s.place, Help: w.elsewhere}
		if w.instead != "" {
			f.Help = "write " + wording.Quote(w.instead)
		}
		if w.instead != "" && !seen[w.instead] {
			f.Fix = syntax.Replacement(w.instead)
		}
		p.Add(rule.UnknownWord, f)
		if w, _ = s.find(w.instead); w.read == nil || seen[w.name] {
			return
		}
		seen[w.name] = true
	}
	w.read(p, into, e.value)
}

// unknown reports a word that the shape does not have, and returns the word to read it as, if there is one that the
// mapping has not.
func (s shape[T]) unknown(p *parser, key *yaml.Node, seen map[string]bool) (word[T], bool) {
	f := finding.Finding{Pos: syntax.PosOf(key), Message: "unknown word " + wording.Quote(key.Value) + " in " + s.place}
	best, alone := wording.Nearest(key.Value, s.names())
	w, ok := s.find(best)
	ok = ok && !seen[w.name]
	if f.Help = s.allowed(); best != "" {
		f.Help = "did you mean " + wording.Quote(best) + "?"
	}
	if ok && alone {
		f.Fix = syntax.Replacement(best)
	}
	p.Add(rule.UnknownWord, f)
	return w, ok
}

// allowed is the help that lists the words of the shape.
func (s shape[T]) allowed() string {
	return "the words of " + s.place + " are " + strings.Join(slices.Collect(s.names()), ", ")
}

// strays counts the keys at the beginning of entries that are no words and have no value: `{doc: Finish this, then
// that.}` has the key `then that.`.
func (s shape[T]) strays(n *yaml.Node, entries []entry) int {
	if n.Style&yaml.FlowStyle == 0 {
		return 0
	}
	for i, e := range entries {
		if _, ok := s.find(e.key.Value); ok || !syntax.IsAbsent(e.value) {
			return i
		}
	}
	return len(entries)
}

// stray reports a text that its commas broke into keys; the first entry is the one that it began in.
func (p *parser) stray(entries []entry) {
	parts := []string{entries[0].value.Value}
	for _, e := range entries[1:] {
		parts = append(parts, e.key.Value)
	}
	whole := `"` + quoteEscapes.Replace(strings.Join(parts, ", ")) + `"`
	begin, last := syntax.PosOf(entries[0].value), syntax.PosOf(entries[len(entries)-1].key)
	p.Add(rule.Stray, finding.Finding{
		Pos:     syntax.PosOf(entries[1].key),
		Message: "a comma ended the text of " + wording.Quote(entries[0].key.Value) + " before this",
		Help:    "put the text in quotes: " + entries[0].key.Value + ": " + whole,
		Related: finding.RelatedTo(begin, "the text begins here"),
		Fix:     []syntax.Edit{{Pos: begin, End: p.Source.End(last), Text: whole}},
	})
}

// Words returns the words that each mapping of the language can have, in the order of their table. It is for what
// has to know every word, such as the formatter.
func Words() map[string][]string {
	return map[string][]string{
		"machine": slices.Collect(machineShape().names()), "go": slices.Collect(goShape().names()),
		"param": slices.Collect(paramShape().names()), "data": slices.Collect(dataShape().names()),
		"event": slices.Collect(eventShape().names()), "timer": slices.Collect(timerShape().names()),
		"hook": slices.Collect(hookShape().names()), "invoke": slices.Collect(invokeShape().names()),
		"choice": slices.Collect(choiceShape().names()), "reply": slices.Collect(replyShape().names()), "state": slices.Collect(stateShape().names()),
		"state's invoke": slices.Collect(invocationShape(nil).names()), "transition": slices.Collect(transitionShape().names()),
		"choose": slices.Collect(chooseShape(nil).names()), "property": slices.Collect(propertyShape().names()),
		"never": slices.Collect(neverShape().names()), "field": slices.Collect(fieldShape().names()),
		"named time": slices.Collect(namedTimeShape(nil).names()), "snapshots": slices.Collect(snapshotsShape().names()),
		"removed": slices.Collect(removedShape().names()),
	}
}
