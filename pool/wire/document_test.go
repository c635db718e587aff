package wire_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

const documentPath = "../../docs/wire.md"

func readDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	example = regexp.MustCompile("(?s)```hex ([^\n]+)\n(.*?)```")
	remark  = regexp.MustCompile(`(?m)#.*$|\s`)
)

func TestExamplesOfTheDocumentAreVectors(t *testing.T) {
	want := map[string]string{}
	for _, v := range readVectors(t).Valid {
		want[v.Name] = v.Hex
	}
	examples := example.FindAllStringSubmatch(readDocument(t), -1)
	if len(examples) == 0 {
		t.Fatalf("%s has no examples", documentPath)
	}
	for _, e := range examples {
		if got := remark.ReplaceAllString(e[2], ""); got != want[e[1]] {
			t.Errorf("example %q is %s; the vector is %s", e[1], got, want[e[1]])
		}
	}
}

func TestTheDocumentHasEveryType(t *testing.T) {
	document := readDocument(t)
	for typ := wire.TypeHello; typ <= wire.TypeBye; typ++ {
		row := fmt.Sprintf("| %d | %v |", typ, typ)
		_, rest, found := strings.Cut(document, row)
		line, _, _ := strings.Cut(rest, "\n")
		_, err := wire.Append(nil, wire.Frame{Type: typ})
		if !found || strings.Contains(line, "reserved") != (err != nil) {
			t.Errorf("row %q: %q; the encoder says %v", row, line, err)
		}
	}
}
