package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// element is an element of an XML file.
type element struct {
	name    string // without its namespace
	attrs   map[string]string
	parent  *element
	inner   []*element
	space   string // another namespace than that of the root: its own, or that of an attribute; may be empty
	foreign bool   // its own namespace is not that of the root
	offset  int64  // where it begins
	end     int64  // behind its last character
}

// maxDepth bounds how deeply elements and values can be inside one another, so that a hostile file costs no stack.
const maxDepth = 256

// readXML reads a whole file.
func (i *importer) readXML() (*element, error) {
	if err := i.decodeXML(); err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(i.source))
	d.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	root := &element{}
	open, space := root, ""
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
			if depth == 1 {
				space = t.Name.Space
			}
			open = open.add(t, offset, space)
		case xml.EndElement:
			depth--
			open.end = d.InputOffset()
			open = open.parent
		}
	}
}

// add puts an element into another. Elements and attributes of a namespace other than that of the root are no part of a chart.
func (e *element) add(t xml.StartElement, offset int64, space string) *element {
	inner := &element{name: t.Name.Local, attrs: map[string]string{}, parent: e, offset: offset, foreign: t.Name.Space != space}
	if inner.foreign {
		inner.name, inner.space = t.Name.Space+" "+t.Name.Local, t.Name.Space
	}
	for _, a := range t.Attr {
		if a.Name.Space == "" {
			inner.attrs[a.Name.Local] = strings.TrimSpace(a.Value)
		} else if !slices.Contains(describing, a.Name.Space) && a.Name.Space != space && !inner.foreign {
			inner.space = a.Name.Space
		}
	}
	e.inner = append(e.inner, inner)
	return inner
}

// describing are namespaces of attributes that say nothing about a chart.
var describing = []string{"xmlns", "xml", "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance"}

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
