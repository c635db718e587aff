package frame_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
)

const documentPath = "../../../docs/wire.md"

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

func TestDocument_ExamplesAreVectors(t *testing.T) {
	want := map[string]string{}
	for _, v := range wiretest.ReadVectors(t).Valid {
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

func TestDocument_EveryTypeHasAnExample(t *testing.T) {
	document := readDocument(t)
	shown := map[string]bool{}
	for _, v := range wiretest.ReadVectors(t).Valid {
		shown[v.Type] = shown[v.Type] || strings.Contains(document, "```hex "+v.Name+"\n")
	}
	for typ := frame.TypeHello; typ <= frame.TypeDrop; typ++ {
		if row := fmt.Sprintf("| %d | %v |", typ, typ); !strings.Contains(document, row) || !shown[typ.String()] {
			t.Errorf("row %q or an example of it is missing", row)
		}
	}
}
