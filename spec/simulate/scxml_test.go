package simulate_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/spec/simulate"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// The state charts of SCION and of the W3C's tests.
const (
	charts    = "@scion-scxml/test-framework@2.0.16"
	integrity = "sha512-5rRd5CdFLUzmPaO43NSamBmhq6uW/0kUmUneEnqRSbAj0FiFVAINd1DfadUkdECT+xHLARCJZU7meQD4nqYyKw=="
)

// scenario is a test of a chart: the events to send, and the states that follow.
type scenario struct {
	InitialConfiguration []string
	Events               []struct {
		After             int // milliseconds before the event
		Event             struct{ Name string }
		NextConfiguration []string
	}
}

// last is where the chart ends.
func (s scenario) last() []string {
	if len(s.Events) == 0 {
		return s.InitialConfiguration
	}
	return s.Events[len(s.Events)-1].NextConfiguration
}

// Charts that need code, regions side by side or other machines are not those of a spec; docs/scxml.md says why which
// others fail.
func TestStateCharts_OfOtherTools(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads the charts")
	}
	dir := filepath.Join(npm.Unpack(t, "../../toolcheck/export", charts, integrity), "test")
	explained, err := os.ReadFile("../../docs/scxml.md")
	if err != nil {
		t.Fatal(err)
	}
	ran, passed := 0, 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".scxml" {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		wanted, err := os.ReadFile(strings.TrimSuffix(path, ".scxml") + ".json")
		if os.IsNotExist(err) || !isPlain(source) { // without a scenario it is part of another chart
			return nil
		}
		ran++
		name, _ := filepath.Rel(dir, strings.TrimSuffix(path, ".scxml"))
		problem := runChart(t, path, source, wanted)
		known := strings.Contains(string(explained), "`"+name+"`")
		switch {
		case problem == "":
			passed++
			if known {
				t.Errorf("%s does what it is to; docs/scxml.md says that it does not", name)
			}
		case !known:
			t.Errorf("%s: %s; docs/scxml.md does not say why", name, problem)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d state charts do what they are to", passed, ran)
	if passed < 45 {
		t.Errorf("%d of %d state charts do what they are to; want at least 45", passed, ran)
	}
}

var (
	comment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	needsOf  = regexp.MustCompile(`<(\w+:)?(parallel|invoke|data|datamodel|assign|script|foreach|if|param|content|donedata)\b`)
	logs     = regexp.MustCompile(`(?s)<(\w+:)?log\b.*?>`)
	computes = regexp.MustCompile(`\b\w*expr\s*=|\bidlocation\s*=|\bnamelist\s*=`)
	cond     = regexp.MustCompile(`\bcond\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	in       = regexp.MustCompile(`^\s*In\(['"]\w+['"]\)\s*$`)
)

// isPlain reports whether a chart needs no code, no regions and no other machines.
func isPlain(source []byte) bool {
	text := logs.ReplaceAllString(comment.ReplaceAllString(string(source), ""), "")
	if needsOf.MatchString(text) || computes.MatchString(text) {
		return false
	}
	for _, m := range cond.FindAllStringSubmatch(text, -1) {
		if !in.MatchString(m[1] + m[2]) {
			return false
		}
	}
	return true
}

// runChart returns what a chart does otherwise than it is to; empty if nothing.
func runChart(t *testing.T, path string, source, wanted []byte) string {
	t.Helper()
	var s scenario
	if err := json.Unmarshal(wanted, &s); err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range s.Events {
		events = append(events, e.Event.Name)
	}
	r, err := importer.SCXML(source, importer.Options{Path: path, Events: events})
	if err != nil {
		return err.Error()
	}
	m, found := spec.Load(path, r.Spec)
	if found.HasErrors() {
		return "the spec has errors: " + first(found) + "; the importer says: " + first(r.Found)
	}
	c := &chart{result: r}
	c.m, err = simulate.New(m, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.deliver(0)
	if strings.Contains(path, "w3c") { // these run by themselves
		c.deliver(time.Hour)
		return c.compare("at the end", s.last())
	}
	return c.play(s)
}

func first(found spec.Findings) string {
	for _, f := range found {
		if f.Severity == spec.Error || strings.HasPrefix(f.Code, "FSM09") {
			return f.Message
		}
	}
	return "nothing"
}

// chart is a machine of a chart, and the oracle that does what the chart's hooks are to do.
type chart struct {
	m      *simulate.Machine
	result importer.Result
	sends  []sending
}

// sending is an event on its way.
type sending struct {
	at        time.Duration
	event, id string
}

func (c *chart) play(s scenario) string {
	if problem := c.compare("at the start", s.InitialConfiguration); problem != "" {
		return problem
	}
	for _, e := range s.Events {
		c.deliver(time.Duration(e.After) * time.Millisecond)
		if name, ok := c.result.Events[e.Event.Name]; ok {
			_, _ = c.m.Send(name, nil)
		}
		c.deliver(0)
		if problem := c.compare("after "+e.Event.Name, e.NextConfiguration); problem != "" {
			return problem
		}
	}
	return ""
}

// compare looks whether the machine is where it is to be.
func (c *chart) compare(when string, want []string) string {
	if len(want) == 1 && c.result.States[want[0]] == c.m.State().Name {
		return ""
	}
	return when + " it is in " + c.m.State().Name + ", not in " + strings.Join(want, ", ")
}

// deliver lets time pass, and delivers what was sent and is due, in order.
func (c *chart) deliver(d time.Duration) {
	end := c.m.Now() + d
	for c.m.Err() == nil {
		slices.SortStableFunc(c.sends, func(a, b sending) int { return int(a.at - b.at) })
		if len(c.sends) == 0 || c.sends[0].at > end {
			break
		}
		next := c.sends[0]
		c.sends = c.sends[1:]
		c.m.Advance(max(0, next.at-c.m.Now()))
		_, _ = c.m.Send(next.event, nil)
	}
	c.m.Advance(max(0, end-c.m.Now()))
}

func (c *chart) Guard(q *simulate.Question) bool {
	effect := c.result.Effects[q.Name()]
	if effect.In == "" {
		return false
	}
	for s := range q.State.Ancestors() {
		if s.Name == effect.In {
			return true
		}
	}
	return false
}

func (c *chart) Act(q *simulate.Question) {
	effect := c.result.Effects[q.Name()]
	now := time.Duration(0)
	if c.m != nil { // nil while the machine begins
		now = c.m.Now()
	}
	switch {
	case effect.Raise != "":
		q.Raise(event(q.Spec(), effect.Raise), nil)
	case effect.Send != "":
		c.sends = append(c.sends, sending{now + effect.Delay, effect.Send, effect.ID})
	case effect.Cancel != "":
		c.sends = slices.DeleteFunc(c.sends, func(s sending) bool { return s.id == effect.Cancel })
	}
}

func event(m *spec.Machine, name string) *spec.Event {
	for _, ev := range m.Events {
		if ev.Name == name {
			return ev
		}
	}
	return nil
}

func (c *chart) Choose(q *simulate.Question) string { return q.Hook.Outcomes[0].Value }

func (c *chart) Reply(*simulate.Question) (any, error) { return nil, nil }
