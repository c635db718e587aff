package expr

import (
	"errors"
	"go/ast"
	goparser "go/parser"
	goscanner "go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// maxLength bounds a guard expression, in bytes. What is longer belongs into a guard that is written in Go.
const maxLength = 1000

// helpGuard is how a guard expression is written.
const helpGuard = "write it like `!locked && data.failures + 1 >= params.limit`"

// reader makes a condition of the text of a guard. It stops at the first thing that is wrong.
type reader struct {
	text      string
	places    syntax.Places
	durations map[int]string // literals such as 1m30s, which Go does not have, by their offset
	report    func(finding.Finding)
}

// Parse reads the text of a guard, whose bytes are written at places. It reports the first thing that is wrong,
// and then returns nil.
func Parse(text string, at syntax.Places, report func(finding.Finding)) *Expr {
	r := reader{text: text, places: at, durations: map[int]string{}, report: report}
	return r.read()
}

func (r *reader) read() *Expr {
	if decl.SnakeCase.MatchString(r.text) && r.text != "true" && r.text != "false" {
		return r.guard(r.text, 0, len(r.text)) // also a word of Go, such as `range`
	}
	if len(r.text) > maxLength {
		message := "a guard of more than " + strconv.Itoa(maxLength) + " bytes"
		return r.wrong(0, len(r.text), message, "write it in Go, under `guards`")
	}
	source, ok := r.scan()
	if !ok {
		return nil
	}
	file := token.NewFileSet()
	expr, err := goparser.ParseExprFrom(file, "", source, 0)
	if list, ok := errors.AsType[goscanner.ErrorList](err); ok && len(list) > 0 {
		at := list[0].Pos.Offset
		return r.wrong(at, at+1, "not a guard: "+inWords.Replace(list[0].Msg), helpGuard)
	} else if err != nil {
		return r.wrong(0, len(r.text), "not a guard: "+err.Error(), helpGuard)
	}
	return r.expr(expr)
}

// inWords are the words of Go's parser that a guard has others for.
var inWords = strings.NewReplacer("'EOF'", "the end", "newline", "the end", "selector or type assertion", "a name")

// scan looks at the tokens for words of other languages, and hides the durations from Go's parser
// behind names of the same length.
func (r *reader) scan() (source []byte, ok bool) {
	source = []byte(r.text)
	file := token.NewFileSet().AddFile("", 1, len(source))
	var s goscanner.Scanner
	s.Init(file, []byte(r.text), func(token.Position, string) {}, 0)
	for last := -1; ; {
		pos, tok, lit := s.Scan()
		at := int(pos) - file.Base()
		if tok == token.EOF {
			return source, true
		}
		if instead, foreign := foreignTokens[tok.String()+lit]; foreign {
			r.foreign(at, tok, lit, instead)
			return nil, false
		}
		begin := last
		last = -1
		switch {
		case tok == token.INT || tok == token.FLOAT:
			last = at
		case tok == token.IDENT && begin >= 0 && isNumber(r.text[begin:at]):
			r.durations[begin] = r.text[begin : at+len(lit)]
			copy(source[begin:], strings.Repeat("_", at+len(lit)-begin))
		}
	}
}

func isNumber(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
}

// foreignTokens maps tokens of other languages to the ones of this language.
var foreignTokens = map[string]string{"=": "==", "IDENTand": "&&", "IDENTor": "||", "IDENTnot": "!", "&": "&&", "|": "||"}

func (r *reader) foreign(at int, tok token.Token, lit, instead string) {
	if lit == "" {
		lit = tok.String()
	}
	from, to := r.places.Span(at, at+len(lit))
	f := finding.Finding{Pos: from, End: to, Message: "a guard has no " + wording.Quote(lit), Help: "write " + wording.Quote(instead)}
	if to != (syntax.Pos{}) {
		f.Fix = syntax.Replacement(instead)
	}
	r.report(f)
}

func (r *reader) wrong(begin, end int, message, help string) *Expr {
	from, to := r.places.Span(begin, end)
	r.report(finding.Finding{Pos: from, End: to, Message: message, Help: help})
	return nil
}

func (r *reader) wrongNode(n ast.Node, message, help string) *Expr {
	return r.wrong(offset(n.Pos()), offset(n.End()), message, help)
}

// offset is where a node of the only file begins.
func offset(pos token.Pos) int { return int(pos) - 1 }

func (r *reader) node(n ast.Node, op Op) *Expr {
	e := &Expr{Op: op}
	e.Pos, e.End = r.places.Span(offset(n.Pos()), offset(n.End()))
	return e
}

func (r *reader) guard(name string, begin, end int) *Expr {
	e := &Expr{Op: OpGuard}
	e.Pos, e.End = r.places.Span(begin, end)
	if e.End == (syntax.Pos{}) || begin == 0 && end == len(r.text) {
		e.Pos, e.End = r.places.Whole, syntax.Pos{}
	}
	e.Guard = &decl.HookRef{Text: syntax.Text{Pos: e.Pos, Value: name}}
	return e
}

// binaryOps are the operators between two operands.
var binaryOps = map[token.Token]Op{
	token.LOR: OpOr, token.LAND: OpAnd, token.EQL: OpEqual, token.NEQ: OpNotEqual, token.LSS: OpLess, token.LEQ: OpLessEqual,
	token.GTR: OpGreater, token.GEQ: OpGreaterEqual, token.ADD: OpAdd, token.SUB: OpSubtract, token.MUL: OpMultiply,
}

func (r *reader) expr(n ast.Expr) *Expr {
	switch n := n.(type) {
	case *ast.ParenExpr:
		return r.expr(n.X)
	case *ast.UnaryExpr:
		return r.unary(n)
	case *ast.BinaryExpr:
		return r.binary(n)
	case *ast.Ident:
		return r.name(n)
	case *ast.SelectorExpr:
		return r.field(n)
	case *ast.BasicLit:
		return r.literal(n)
	case *ast.CallExpr:
		return r.wrongNode(n, "a guard expression calls nothing",
			"name a guard without `()`; what it takes is in its declaration")
	default:
		return r.wrongNode(n, "this is not for guards", helpGuard)
	}
}

func (r *reader) unary(n *ast.UnaryExpr) *Expr {
	op, ok := map[token.Token]Op{token.NOT: OpNot, token.SUB: OpNegate}[n.Op]
	if !ok {
		return r.noOperator(n.OpPos, n.Op)
	}
	e := r.node(n, op)
	if e.X = r.expr(n.X); e.X == nil {
		return nil
	}
	return e
}

func (r *reader) binary(n *ast.BinaryExpr) *Expr {
	op, ok := binaryOps[n.Op]
	if !ok {
		return r.noOperator(n.OpPos, n.Op)
	}
	e := r.node(n, op)
	if e.X = r.expr(n.X); e.X == nil {
		return nil
	}
	if e.Y = r.expr(n.Y); e.Y == nil {
		return nil
	}
	return e
}

func (r *reader) noOperator(pos token.Pos, op token.Token) *Expr {
	at := offset(pos)
	return r.wrong(at, at+len(op.String()), "a guard has no `"+op.String()+"`",
		"the operators are ! && || == != < <= > >= + - *; write the rest in Go, under `guards`")
}

func (r *reader) name(n *ast.Ident) *Expr {
	if text, ok := r.durations[offset(n.Pos())]; ok {
		return r.value(n, text, "duration")
	}
	if n.Name == "true" || n.Name == "false" {
		return r.value(n, n.Name, "bool")
	}
	return r.guard(n.Name, offset(n.Pos()), offset(n.End()))
}

// The places that a guard takes values from.
var valueOps = map[string]Op{"payload": OpPayload, "data": OpData, "params": OpParam}

func (r *reader) field(n *ast.SelectorExpr) *Expr {
	from, ok := n.X.(*ast.Ident)
	if !ok {
		return r.wrongNode(n, "a guard does not look into values", "write a guard in Go, under `guards`")
	}
	op, ok := valueOps[from.Name]
	if !ok {
		places := slices.Values([]string{"payload", "data", "params"})
		return r.wrongNode(n.X, "there is no "+wording.Quote(from.Name)+" to take values from",
			wording.DidYouMean(from.Name, places, "values are `payload.x`, `data.x` and `params.x`"))
	}
	e := r.node(n, op)
	e.Name = n.Sel.Name
	return e
}

func (r *reader) literal(n *ast.BasicLit) *Expr {
	switch n.Kind {
	case token.INT, token.FLOAT:
		return r.value(n, n.Value, "")
	case token.STRING:
		return r.value(n, n.Value, "string")
	default:
		return r.wrongNode(n, wording.Quote(n.Value)+" is not a value of a guard", "values are 3, 1.5, \"text\", true and 30s")
	}
}

func (r *reader) value(n ast.Node, text, typ string) *Expr {
	e := r.node(n, OpLiteral)
	e.Value, e.Type = text, typ
	return e
}
