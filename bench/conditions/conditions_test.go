package conditions

import (
	"strings"
	"testing"
)

func TestConditions_LeaveOutWhatIsUnknown(t *testing.T) {
	known := Conditions{Processor: processor("processor\t: 0\nmodel name\t: A B\nmodel name\t: C\n"), Python: "Python 3", Others: "7%"}
	if got := known.Markdown(9); !strings.Contains(got, "; A B; ") || !strings.HasSuffix(got, "; Python 3; taken by other work meanwhile: 7% of the processors.\n") {
		t.Errorf("Markdown = %s", got)
	}
	unknown := Conditions{Processor: processor(""), Python: "Python 3"}
	if got := unknown.Markdown(9); strings.Contains(got, "; ;") || !strings.HasSuffix(got, "; Python 3.\n") {
		t.Errorf("Markdown = %s", got)
	}
}
