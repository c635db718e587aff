package parse

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// syntax reports an error of the YAML library at the place that has to be changed.
func (p *parser) syntax(err error) {
	le, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		p.Add(rule.Syntax, finding.Finding{Pos: syntax.At(1, 1), Message: err.Error()})
		return
	}
	mark, context := markPos(le.Mark), markPos(le.ContextMark)
	switch {
	case errors.Is(err, errDepth) || strings.Contains(le.Message, errDepth.Error()):
		p.tooDeep(mark)
	case strings.HasPrefix(le.Message, "unknown anchor"):
		p.Add(rule.Anchor, finding.Finding{Pos: mark, Message: "a spec has no aliases (`*`)"})
	case p.tabAt(mark.Line).Line > 0:
		p.addTab(p.tabAt(mark.Line))
	default:
		p.Add(rule.Syntax, describe(p.Source, le, mark, context))
	}
}

// describe turns an error of the YAML library into a finding about the text of the spec.
func describe(s syntax.Source, le *yaml.LoadError, mark, context syntax.Pos) finding.Finding {
	f := finding.Finding{Pos: mark, Message: "YAML: " + le.Message}
	if at := negation(s, mark); at.Line > 0 {
		return finding.Finding{
			Pos: at, End: syntax.At(at.Line, at.Column+1), Message: "a text that begins with `!` needs quotes",
			Help: "put it in \"quotes\" as a whole",
		}
	}
	switch le.Message {
	case "could not find expected ':'":
		f.Pos, f.Message = context, "a key without `:`"
		f.Help = "write `name: value`; a text that goes on in the next line is indented"
	case "found unexpected end of stream":
		f.Pos, f.Message = context, "a quoted text that is never closed"
		f.Help = "end it with the quote that it begins with"
	case "mapping values are not allowed in this context":
		return secondColon(s, mark)
	case "found character that cannot start any token":
		f.Message = "a text cannot begin with this character"
		f.Help = "put the text in \"quotes\""
	case "did not find expected ',' or '}'", "did not find expected ',' or ']'":
		f.Message = "expected " + strings.TrimPrefix(le.Message, "did not find expected ")
		f.Related = finding.RelatedTo(context, "opened here")
		closing := strings.TrimSuffix(le.Message[strings.LastIndexByte(le.Message, ' ')+2:], "'")
		f.Help = "close it with `" + closing + "`, or put a text that has `,`, `: ` or brackets in it in \"quotes\""
	case "did not find expected key":
		return unexpected(s, mark)
	case "did not find expected '-' indicator":
		f.Message = "expected `- `, the next item of the list"
		f.Related = finding.RelatedTo(context, "the list begins here")
		f.Help = "begin each item with `- `, or none: a mapping has no `- `"
	case "did not find expected node content":
		f.Message = "expected a value"
	case "found incompatible YAML document":
		f.Message, f.Help = "this version of YAML is not supported", "leave the %YAML line out"
	}
	return f
}

func markPos(m yaml.Mark) syntax.Pos { return syntax.At(m.Line, m.Column) }

// Where a spec is no YAML any more, the library says what it expected. The mistake itself is often in a line above.

// unexpected describes what stands where the next key of a mapping should.
func unexpected(s syntax.Source, at syntax.Pos) finding.Finding {
	f := finding.Finding{Pos: at, Message: "expected a key"}
	switch r := s.At(at); {
	case r == '}' || r == ']':
		f.Message, f.Help = "a `"+string(r)+"` that closes nothing", "leave it out"
	case r == ',':
		f.Message, f.Help = "a comma behind a whole value", "leave it out: commas are for what is in brackets"
	case r == '-' && s.At(syntax.At(at.Line, at.Column+1)) == ' ':
		f.Message, f.Help = "an item of a list among keys", "leave the `- ` out, or put it below a key without a value"
	case at.Column-1 > s.Indent(at.Line):
		f.Message, f.Help = "text behind a whole value", "put a text that begins with a quote or a bracket in \"quotes\" as a whole"
	default:
		f.Help = "the keys of one mapping are indented alike"
		if neighbours := neighbours(s, at.Line); neighbours != "" {
			f.Message, f.Help = badIndent, neighbours
		}
	}
	return f
}

const badIndent = "this line is indented like none above it"

// negation returns the last `!` before a place of a line that begins a value, or no place: YAML reads it as a tag, and
// reports an error after it.
func negation(s syntax.Source, at syntax.Pos) syntax.Pos {
	line := s.Line(at.Line)
	for i := min(at.Column, len(line)) - 1; i > 1; i-- {
		if line[i] == '!' && line[i-1] == ' ' && line[i-2] == ':' {
			return syntax.At(at.Line, i+1)
		}
	}
	return syntax.Pos{}
}

// secondColon describes a `: ` in what already is a value: the text has one, or the line was not meant to continue it.
func secondColon(s syntax.Source, at syntax.Pos) finding.Finding {
	key, above := s.Indent(at.Line), s.Above(at.Line)
	switch {
	case above == 0 || !plainWord.MatchString(s.Before(at)):
	case gluedColon.MatchString(s.Content(above)):
		glued := s.Content(above)
		return finding.Finding{
			Pos: syntax.At(above, s.Indent(above)+1), Message: "no space behind a colon",
			Help: "write it " + wording.Quote(strings.Replace(glued, ":", ": ", 1)),
		}
	case key > s.Indent(above):
		return finding.Finding{Pos: syntax.At(at.Line, key+1), Message: badIndent, Help: neighbours(s, at.Line)}
	}
	return finding.Finding{
		Pos: at, Message: "a second `: ` where one value was expected",
		Help: "put a text that has `: ` in it in \"quotes\", and each key on a line of its own",
	}
}

var (
	gluedColon = regexp.MustCompile(`^[a-z][a-z0-9_]*:[^\s:]`)
	plainWord  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// neighbours says how a line could be indented, by the lines above that it may belong to. It is empty where the line is
// indented like one of them.
func neighbours(s syntax.Source, line int) string {
	own, inner := s.Indent(line), 0
	for l := s.Above(line); l > 0; l = s.Above(l) {
		switch other := s.Indent(l); {
		case other == own:
			return ""
		case other < own && inner == 0:
			return fmt.Sprintf("indent it by %s like line %d", wording.Plural(other, "space"), l)
		case other < own:
			return fmt.Sprintf("indent it by %s like line %d, or by %d like line %d",
				wording.Plural(s.Indent(inner), "space"), inner, other, l)
		default:
			inner = l
		}
	}
	return ""
}
