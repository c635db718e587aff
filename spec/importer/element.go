package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// element is an element of an XML file.
type element struct {
	name   string // without its namespace
	attrs  map[string]string
	parent *element
	inner  []*element
	offset int64 // where it begins
	end    int64 // behind its last character
}

// SyntaxError says where a source is not what its format says.
type SyntaxError struct {
	Path    string
	Pos     spec.Pos
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("importer: %s:%d:%d: %s", e.Path, e.Pos.Line, e.Pos.Column, e.Problem)
}

// maxDepth bounds how deeply elements and values can be inside one another, so that a hostile file costs no stack.
const maxDepth = 256

// readXML reads a whole file.
func (i *importer) readXML() (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(i.source))
	d.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	root := &element{}
	open := root
	for depth := 0; ; {
		offset := d.InputOffset()
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && len(root.inner) > 0:
			return root.inner[0], nil
		case errors.Is(err, io.EOF):
			return nil, i.syntax(offset, "no element")
		case err != nil:
			return nil, i.syntax(d.InputOffset(), strings.TrimPrefix(err.Error(), "XML "))
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return nil, i.syntax(offset, fmt.Sprintf("elements deeper than %d", maxDepth))
			}
			open = open.add(t, offset)
		case xml.EndElement:
			depth--
			open.end = d.InputOffset()
			open = open.parent
		}
	}
}

func (e *element) add(t xml.StartElement, offset int64) *element {
	inner := &element{name: t.Name.Local, attrs: map[string]string{}, parent: e, offset: offset}
	for _, a := range t.Attr {
		inner.attrs[a.Name.Local] = strings.TrimSpace(a.Value)
	}
	e.inner = append(e.inner, inner)
	return inner
}

func (i *importer) syntax(offset int64, problem string) error {
	return &SyntaxError{Path: i.opt.Path, Pos: i.at(offset), Problem: problem}
}

// child returns the first element of a name directly inside, or nil.
func (e *element) child(name string) *element {
	for c := range e.children(name) {
		return c
	}
	return nil
}

func (e *element) children(name string) iter.Seq[*element] {
	return func(yield func(*element) bool) {
		for _, c := range e.inner {
			if c.name == name && !yield(c) {
				return
			}
		}
	}
}

// all yields the element and everything inside it, in the order of the file.
func (e *element) all() iter.Seq[*element] {
	return func(yield func(*element) bool) { e.walk(yield) }
}

func (e *element) walk(yield func(*element) bool) bool {
	if !yield(e) {
		return false
	}
	for _, inner := range e.inner {
		if !inner.walk(yield) {
			return false
		}
	}
	return true
}
