package spec

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// syntax reports an error of the YAML library at the place that a person has to change.
func (p *parser) syntax(err error) {
	le, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		p.add(codeSyntax, Finding{Pos: Pos{1, 1}, Message: err.Error()})
		return
	}
	mark, context := markPos(le.Mark), markPos(le.ContextMark)
	switch {
	case errors.Is(err, errDepth) || strings.Contains(le.Message, errDepth.Error()):
		p.tooDeep(mark)
	case strings.HasPrefix(le.Message, "unknown anchor"):
		p.add(codeAnchor, Finding{Pos: mark, Message: "a spec has no aliases (`*`)"})
	case p.tabAt(mark.Line).Line > 0:
		p.addTab(p.tabAt(mark.Line))
	default:
		p.add(codeSyntax, p.source.describe(le, mark, context))
	}
}

// describe puts an error of the YAML library in words about what is on the page.
func (s source) describe(le *yaml.LoadError, mark, context Pos) Finding {
	f := Finding{Pos: mark, Message: "YAML: " + le.Message}
	if at := s.negation(mark); at.Line > 0 {
		return Finding{
			Pos: at, End: Pos{at.Line, at.Column + 1}, Message: "a text that begins with `!` needs quotes",
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
		return s.secondColon(mark)
	case "found character that cannot start any token":
		f.Message = "a text cannot begin with this character"
		f.Help = "put the text in \"quotes\""
	case "did not find expected ',' or '}'", "did not find expected ',' or ']'":
		f.Message = "expected " + strings.TrimPrefix(le.Message, "did not find expected ")
		f.Related = related(context, "opened here")
		closing := strings.TrimSuffix(le.Message[strings.LastIndexByte(le.Message, ' ')+2:], "'")
		f.Help = "close it with `" + closing + "`, or put a text that has `,`, `: ` or brackets in it in \"quotes\""
	case "did not find expected key":
		return s.unexpected(mark)
	case "did not find expected '-' indicator":
		f.Message = "expected `- `, the next item of the list"
		f.Related = related(context, "the list begins here")
		f.Help = "begin each item with `- `, or none: a mapping has no `- `"
	case "did not find expected node content":
		f.Message = "expected a value"
	case "found incompatible YAML document":
		f.Message, f.Help = "this version of YAML is not supported", "leave the %YAML line out"
	}
	return f
}

func markPos(m yaml.Mark) Pos { return Pos{m.Line, m.Column} }
