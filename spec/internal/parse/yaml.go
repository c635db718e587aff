package parse

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

var errDepth = errors.New("too deep")

// load reads the only document of a file, or nil where there is none to go on with.
func (p *parser) load(src []byte) *yaml.Node {
	if !p.isText(src) {
		return nil
	}
	limit := func(depth int, _ *loaderlimits.DepthContext) error {
		if depth > rule.MaxDepth {
			return errDepth
		}
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithUniqueKeys(false),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthFunc(limit))))
	if err != nil {
		p.Add(rule.Syntax, finding.Finding{Pos: syntax.At(1, 1), Message: "YAML: " + err.Error()})
		return nil
	}
	var first, second yaml.Node
	if err := loadNode(loader, &first); errors.Is(err, io.EOF) {
		p.Add(rule.Missing, finding.Finding{Pos: syntax.At(1, 1), Message: "the file is empty", Help: helpSkeleton})
		return nil
	} else if err != nil {
		p.syntax(err)
		return nil
	}
	if err := loadNode(loader, &second); err == nil {
		p.Add(rule.Documents, finding.Finding{
			Pos: syntax.PosOf(&second), Message: "a second YAML document in one file", Help: "one file declares one machine",
		})
	} else if !errors.Is(err, io.EOF) {
		p.syntax(err)
	}
	p.tabs(&first)
	return p.vet(&first, 0)
}

// loadNode turns a panic of the YAML library into an error: no spec may end the program that reads it.
func loadNode(l *yaml.Loader, n *yaml.Node) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the YAML library gave up: %v", v)
		}
	}()
	return l.Load(n)
}

// isText reports a character that makes a file no text, in which lines and columns mean nothing.
func (p *parser) isText(src []byte) bool {
	if len(src) > rule.MaxSize {
		p.Add(rule.Size, finding.Finding{
			Pos: syntax.At(1, 1), Message: fmt.Sprintf("the file is larger than the %d bytes that are allowed", rule.MaxSize),
		})
		return false
	}
	for i, line := range p.Source.Lines {
		j := slices.IndexFunc(line, func(r rune) bool { return !isTextual(r) })
		if j < 0 {
			continue
		}
		f := finding.Finding{Pos: syntax.At(i+1, j+1), End: syntax.At(i+1, j+2)}
		if f.Message, f.Help = "this is not UTF-8", "save the file as UTF-8"; line[j] != utf8.RuneError {
			f.Message = fmt.Sprintf("the character %U is not allowed", line[j])
			f.Help = `in "double quotes" it can be written as an escape`
		}
		p.Add(rule.Character, f)
		return false
	}
	return true
}

// isTextual reports whether a character belongs into a text. The characters that only YAML takes for the end of a line
// do not: they would make its lines differ from those of an editor.
func isTextual(r rune) bool {
	return r == '\t' || !unicode.IsControl(r) && !strings.ContainsRune("\u2028\u2029\ufeff\ufffd\ufffe\uffff", r)
}

// tabs reports the first tab that indents a line, except in block texts, where it belongs to the text.
func (p *parser) tabs(root *yaml.Node) {
	block := blockLines(root)
	for i := range p.Source.Lines {
		if at := p.tabAt(i + 1); at.Line > 0 && !block[at.Line] {
			p.addTab(at)
			return
		}
	}
}

// tabAt returns the first tab of a line's indentation, or no place.
func (p *parser) tabAt(line int) syntax.Pos {
	text := string(p.Source.Line(line))
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	if i := strings.IndexByte(indent, '\t'); i >= 0 && len(indent) < len(text) {
		return syntax.At(line, i+1)
	}
	return syntax.Pos{}
}

func (p *parser) addTab(at syntax.Pos) {
	p.Add(rule.Tab, finding.Finding{
		Pos: at, End: syntax.At(at.Line, at.Column+1), Message: "a tab indents this line", Help: "indent with spaces",
	})
}

// blockLines are the lines that the `|` and `>` texts of a document cover, and with them the comments behind.
func blockLines(root *yaml.Node) map[int]bool {
	lines := map[int]bool{}
	var open *yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if open != nil {
			for line := open.Line + 1; line < n.Line; line++ {
				lines[line] = true
			}
			open = nil
		}
		if n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			open = n
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(root)
	return lines
}

// vet reports the parts of YAML that a spec has no use for, and returns the root of the document, or nil where the
// tree must not be walked.
func (p *parser) vet(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.DocumentNode {
		if len(n.Content) != 1 {
			return nil
		}
		return p.vet(n.Content[0], depth)
	}
	if depth > rule.MaxDepth {
		p.tooDeep(syntax.PosOf(n))
		return nil
	}
	p.vetNode(n)
	for _, c := range n.Content {
		if p.vet(c, depth+1) == nil {
			return nil
		}
	}
	return n
}

func (p *parser) vetNode(n *yaml.Node) {
	const write = "write it out: a spec is read more often than it is written"
	switch {
	case n.Kind == yaml.AliasNode:
		p.Add(rule.Anchor, finding.Finding{Pos: syntax.PosOf(n), Message: "a spec has no aliases (`*`)", Help: write})
	case n.Kind == yaml.ScalarNode && isNegation.MatchString(n.Tag) && n.Style&yaml.TaggedStyle != 0:
		p.negation(n)
	case n.Anchor != "":
		p.Add(rule.Anchor, finding.Finding{Pos: syntax.PosOf(n), Message: "a spec has no anchors (`&`)", Help: write})
	case n.Kind == yaml.ScalarNode && n.Tag == "!!merge":
		p.Add(rule.Anchor, finding.Finding{Pos: syntax.PosOf(n), Message: "a spec has no merge keys (`<<`)", Help: write})
	case n.Style&yaml.TaggedStyle != 0:
		p.Add(rule.Tag, finding.Finding{
			Pos: syntax.PosOf(n), Message: "a spec has no tags (`!`)", Help: "leave it out, or put the text in \"quotes\"",
		})
	}
}

// isNegation matches the tags that may be meant as one.
var isNegation = regexp.MustCompile(`^![a-z(][a-z0-9_.(]*$`)

// negation reports a text that begins with `!` without quotes, and reads it as the text that was meant.
func (p *parser) negation(n *yaml.Node) {
	at := syntax.PosOf(n)
	end := p.Source.End(at)
	text := string(p.Source.Line(at.Line)[at.Column-1 : max(end.Column, at.Column)-1])
	p.Add(rule.Tag, finding.Finding{
		Pos: at, Message: "a text that begins with `!` is a tag, which a spec has none of", Help: "put it in \"quotes\"",
		Fix: syntax.Replacement(`"` + quoteEscapes.Replace(text) + `"`),
	})
	n.Value, n.Tag, n.Anchor, n.Style = text, "!!str", "", 0
}

// quoteEscapes are what a text in double quotes needs.
var quoteEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func (p *parser) tooDeep(at syntax.Pos) {
	p.Add(rule.Depth, finding.Finding{Pos: at, Message: fmt.Sprintf("nested deeper than %d levels", rule.MaxDepth)})
}
