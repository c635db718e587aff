package spec_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
)

var expectedCode = regexp.MustCompile(`# (FSM\d+)$`)

// TestLanguagePage_ExamplesMeanWhatTheySay loads every example of the reference and of the guide for Go; where a comment
// names a code there is that finding in the line, and nowhere else is any.
func TestLanguagePage_ExamplesMeanWhatTheySay(t *testing.T) {
	for _, page := range []string{"../docs/language.md", "../docs/go.md"} {
		t.Run(page, func(t *testing.T) { checkExamples(t, page) })
	}
}

func checkExamples(t *testing.T, page string) {
	const begin = "fsm: 1\nmachine: door\n" // examples that are whole specs have it
	reference, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	examples := yamlBlock.FindAllStringSubmatchIndex(string(reference), -1)
	if len(examples) == 0 {
		t.Fatal("no examples")
	}
	for _, at := range examples {
		example, head := string(reference[at[2]:at[3]]), begin
		if strings.HasPrefix(example, "fsm: ") {
			head = ""
		}
		first := strings.Count(string(reference[:at[2]]), "\n") + 1 - strings.Count(head, "\n")
		var want, got []string
		for i, line := range strings.Split(head+example, "\n") {
			if m := expectedCode.FindStringSubmatch(line); m != nil {
				want = append(want, fmt.Sprintf("%s:%d %s", page, first+i, m[1]))
			}
		}
		_, found := spec.Load("door.fsm.yaml", []byte(head+example))
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s:%d %s", page, first+f.Pos.Line-1, f.Code))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s\n%v", diff, found)
		}
	}
}
