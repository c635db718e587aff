package console_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/console"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

const door = `fsm: 1
machine: door
events: {push: {payload: {by: string, force: int}}, pull: {}, lock: {}}
guards: {oiled: {}, old: {}}
choices: {way: {outcomes: [left, right]}}
invokes: {hum: {result: {tone: int}}}
data: {visitors: {type: int}}
initial: shut
states:
  shut:
    on:
      push: {guard: oiled, target: open}
      lock: {choose: {src: way, outcomes: {left: shut, right: open}}}
  open:
    invoke: {src: hum, onDone: shut, onError: shut}
    after: {3s: shut}
    on: {pull: {guard: old, target: shut}}
`

func talk(t *testing.T) (*console.Console, *bytes.Buffer) {
	t.Helper()
	m, found := spec.Load("door.fsm.yaml", []byte(door))
	if found.HasErrors() {
		t.Fatal(found)
	}
	var out bytes.Buffer
	c, err := console.New(&out, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, &out
}

// say does lines and returns what the last of them leads to.
func say(t *testing.T, c *console.Console, out *bytes.Buffer, lines ...string) string {
	t.Helper()
	for _, line := range lines {
		out.Reset()
		if _, err := c.Do(line); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestComplete_CertainPart(t *testing.T) {
	tests := []struct {
		before     []string // what was said
		line, want string
		candidates string
	}{
		{nil, "", "", "quit send wait fire return fail guard choose reply reply_error set answer help possible where history undo begin restart"},
		{nil, "wh", "where ", "where"},
		{nil, "re", "re", "return reply reply_error restart"},
		{nil, "ret", "return ", "return"},
		{nil, "send p", "send push ", "push"},
		{nil, "send ", "send ", "push lock"},
		{nil, "send push ", "send push ", "by= force="},
		{nil, "send push by=ann f", "send push by=ann force=", "force="},
		{nil, "guard o", "guard o", "oiled old"},
		{nil, "guard oiled t", "guard oiled true ", "true"},
		{nil, "choose way r", "choose way right ", "right"},
		{nil, "set v", "set visitors ", "visitors"},
		{nil, "fire ", "fire ", ""},
		{nil, "knock", "knock", ""},
		{[]string{"guard oiled true", "send push"}, "fire ", "fire open after 3s ", "open after 3s"},
		{[]string{"guard oiled true", "send push"}, "return hum ", "return hum tone=", "tone="},
		{[]string{"guard oiled true", "send push"}, "fail ", "fail hum ", "hum"},
	}
	for _, tt := range tests {
		c, out := talk(t)
		say(t, c, out, tt.before...)
		got, candidates := c.Complete(tt.line)
		if got != tt.want || strings.Join(candidates, " ") != tt.candidates {
			t.Errorf("%q after %q becomes %q of %q; want %q of %q", tt.line, tt.before, got, candidates, tt.want, tt.candidates)
		}
	}
}

func TestUndo_LastLine(t *testing.T) {
	c, out := talk(t)
	say(t, c, out, "guard oiled true", "send push", "wait 1s")
	if got := say(t, c, out, "undo", "where"); !strings.HasPrefix(got, "  open at 0s\n") {
		t.Errorf("after one undo it is\n%s", got)
	}
	if got := say(t, c, out, "undo", "where"); !strings.HasPrefix(got, "  shut at 0s\n") {
		t.Errorf("after two undos it is\n%s", got)
	}
	if got, want := say(t, c, out, "history"), "begin\nguard oiled true\n"; got != want {
		t.Errorf("the history is %q; want %q", got, want)
	}
	if got, want := say(t, c, out, "undo", "undo"), "! there is nothing to undo\n"; got != want {
		t.Errorf("undoing nothing says %q; want %q", got, want)
	}
}

func TestBegin_KeepsAnswers(t *testing.T) {
	c, out := talk(t)
	say(t, c, out, "guard oiled true", "send push", "guard old true", "begin")
	if got, want := say(t, c, out, "history"), "guard oiled true\nguard old true\nbegin\n"; got != want {
		t.Errorf("the history is %q; want %q", got, want)
	}
	if got := say(t, c, out, "send push", "undo", "undo", "where"); !strings.HasPrefix(got, "  shut at 0s\n") {
		t.Errorf("after all undos it is\n%s", got)
	}
}

func TestHistory_IsAScript(t *testing.T) {
	c, out := talk(t)
	said := []string{"guard oiled true", `send push by="ann and bob"`, "return hum tone=3"}
	history := say(t, c, out, append(said, "history")...)
	if diff := cmp.Diff("begin\n"+strings.Join(said, "\n")+"\n", history); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if _, err := simulate.ParseScript(history); err != nil {
		t.Error(err)
	}
}

func TestPossible_LinesCanBeTyped(t *testing.T) {
	c, out := talk(t)
	want := "  send pull\n  return hum tone=int\n  fail hum REASON\n  fire open after 3s   # in 3s\n"
	if diff := cmp.Diff(want, say(t, c, out, "guard oiled true", "send push", "possible")); diff != "" {
		t.Errorf("possible (-want +got):\n%s", diff)
	}
}

func TestHelp_NamesEveryWord(t *testing.T) {
	c, out := talk(t)
	_, words := c.Complete("")
	help := say(t, c, out, "help")
	for _, word := range words {
		if !strings.Contains(help, "\n  "+word) && !strings.HasPrefix(help, "  "+word) {
			t.Errorf("help does not name %s:\n%s", word, help)
		}
	}
}

func TestRun_EndsWithInputOrQuit(t *testing.T) {
	for _, lines := range [][]string{{"send push", ""}, {"quit", "send nothing"}} {
		c, out := talk(t)
		err := c.Run(func() (string, error) {
			if len(lines) == 0 {
				return "", io.EOF
			}
			line := lines[0]
			lines = lines[1:]
			return line, nil
		})
		if err != nil || strings.Contains(out.String(), "nothing") {
			t.Errorf("the conversation ends with %v and says\n%s", err, out)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no space left")

func TestRun_ErrorOfWriter(t *testing.T) {
	m, _ := spec.Load("door.fsm.yaml", []byte(door))
	if _, err := console.New(full{}, m, nil); !errors.Is(err, errFull) {
		t.Errorf("New returns %v; want %v", err, errFull)
	}
}
