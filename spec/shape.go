package spec

import (
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// shape is a mapping of the language: its place in words, a whole example, the words that it can have and those that
// it must have.
type shape[T any] struct {
	place    string
	example  string
	words    []word[T]
	required []string // each as it could be written, `initial: open`
}

// word is a key of a shape, and how its value gets into a T. One without read is what other languages have, or what
// belongs to another shape.
type word[T any] struct {
	name      string
	read      func(p *parser, into *T, value *yaml.Node)
	elsewhere string // where it belongs
	instead   string // the word of this shape that means the same
}

// of makes the example one of the declaration of a name.
func (s shape[T]) of(name string) shape[T] {
	if snakeCase.MatchString(name) && len(name) <= maxQuoted {
		s.example = name + strings.TrimPrefix(s.example, nameOf(s.example))
	}
	return s
}

// names are the words that a misspelt one can be meant to be.
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
// to, so that one slip of the pen is one finding.
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
			if broken := s.strays(n, entries[i:]); i > 0 && broken > 0 && isPlain(entries[i-1].value) {
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
			missing = append(missing, quote(name))
			examples = append(examples, quote(example))
		}
	}
	if n.Kind == yaml.MappingNode && len(missing) > 0 {
		p.add(codeMissing, Finding{
			Pos: posOf(n), Message: s.place + " needs " + strings.Join(missing, ", "),
			Help: "add " + strings.Join(examples, ", "),
		})
	}
}

func (s shape[T]) readWord(p *parser, into *T, w word[T], e entry, seen map[string]bool) {
	if w.read == nil {
		f := Finding{Pos: posOf(e.key), Message: quote(w.name) + " is not a word of " + s.place, Help: w.elsewhere}
		if w.instead != "" {
			f.Help = "write " + quote(w.instead)
		}
		if w.instead != "" && !seen[w.instead] {
			f.Fix = replacement(w.instead)
		}
		p.add(codeUnknownWord, f)
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
	f := Finding{Pos: posOf(key), Message: "unknown word " + quote(key.Value) + " in " + s.place}
	best, alone := nearest(key.Value, s.names())
	w, ok := s.find(best)
	ok = ok && !seen[w.name]
	if f.Help = s.allowed(); best != "" {
		f.Help = "did you mean " + quote(best) + "?"
	}
	if ok && alone {
		f.Fix = replacement(best)
	}
	p.add(codeUnknownWord, f)
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
		if _, ok := s.find(e.key.Value); ok || !isAbsent(e.value) {
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
	begin, last := posOf(entries[0].value), posOf(entries[len(entries)-1].key)
	p.add(codeStray, Finding{
		Pos:     posOf(entries[1].key),
		Message: "a comma ended the text of " + quote(entries[0].key.Value) + " before this",
		Help:    "put the text in quotes: " + entries[0].key.Value + ": " + whole,
		Related: related(begin, "the text begins here"),
		Fix:     []Edit{{Pos: begin, End: p.source.end(last), Text: whole}},
	})
}

// text reads a scalar of any type as it is written.
func (p *parser) text(n *yaml.Node, example string) Text {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		p.kind(n, "a text", example)
		return Text{Pos: posOf(n)}
	}
	return Text{Pos: posOf(n), Value: n.Value}
}

// name reads a text that must not be empty. It is empty where a finding says so.
func (p *parser) name(n *yaml.Node, example string) Text {
	if n.Kind == yaml.ScalarNode && n.Value == "" && !isNull(n) {
		p.kind(n, "a name", example)
	}
	return p.text(n, example)
}

// list reads a list of names. A list of one may be the name alone.
func (p *parser) list(n *yaml.Node, example string) []Text {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var texts []Text
	for _, item := range items {
		if t := p.name(item, example); t.Value != "" {
			texts = append(texts, t)
		}
	}
	return texts
}

// kind reports a value that is something else than what the place wants.
func (p *parser) kind(n *yaml.Node, want, example string) {
	if n.Kind == yaml.AliasNode {
		return // reported, whatever it stands for
	}
	p.add(codeKind, Finding{
		Pos: posOf(n), Message: "expected " + want + ", found " + kindOf(n), Help: "write it like `" + example + "`",
	})
}

func kindOf(n *yaml.Node) string {
	empty := len(n.Content) == 0
	switch {
	case n.Kind == yaml.MappingNode && empty:
		return "an empty mapping"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode && empty:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	case n.Value == "":
		return "an empty text"
	default:
		return quote(n.Value)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// isAbsent reports whether nothing is written where the value would be.
func isAbsent(n *yaml.Node) bool { return isNull(n) && n.Value == "" && n.Style == 0 }

func isPlain(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Style == 0 && !isNull(n) }
