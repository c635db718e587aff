package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/spec/simulate"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// charted is what happens to a chart: one of an event, the end of work, and time that passes.
type charted struct {
	Event  string
	Work   string // the source's name of the work that ends
	Nth    int    // which of those that are done under this name
	Failed bool
	Wait   int             // milliseconds
	Guards map[string]bool // what guards of the source say from here on
}

// randomConfigs is how many configs are made at random; the variable CONFIGS asks for another number.
const randomConfigs = 40

// seen is where a chart is, and which actions of the source ran on the way.
type seen struct {
	State string
	Ran   []string
}

// The spec of a chart goes through the same states as the chart in XState, and runs the same actions in the same order.
func TestImportedCharts_WalkAsInXState(t *testing.T) {
	npm.Install(t, ".")
	questions, want := map[string]chartQuestion{}, map[string][][]seen{}
	paths, err := filepath.Glob("../../spec/importer/testdata/charts/v[45]_*.json")
	if err != nil || len(paths) < 30 {
		t.Fatal("too few charts", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		config, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		q := chartQuestion{Config: config, Version: 4}
		if strings.HasPrefix(name, "v5_") {
			q.Version = 5
		}
		r, err := importer.XState(config, importer.Options{Path: name})
		if err != nil || r.Wrong.HasErrors() {
			t.Fatal(name, err, r.Wrong)
		}
		fixed := bytes.Contains(config, []byte(`"always"`)) || bytes.Contains(config, []byte(`"": `))
		for seed := range uint64(40) {
			walk, states := newChart(t, name, r, fixed).randomWalk(rand.New(rand.NewPCG(seed, 3)), 40)
			q.Walks, want[name] = append(q.Walks, walk), append(want[name], states)
		}
		questions[name] = q
	}
	compareWalks(t, questions, want, func(string) string { return "" })
}

type chartQuestion struct {
	Config  json.RawMessage
	Version int
	Walks   [][]charted
}

// compareWalks lets XState go the walks of each config. About is what helps to understand a difference.
func compareWalks(t *testing.T, questions map[string]chartQuestion, want map[string][][]seen, about func(name string) string) {
	t.Helper()
	input, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]struct {
		Error string
		Runs  [][]seen
	}
	if err := json.Unmarshal(npm.Run(t, ".", input, "node", "imported.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	for name, got := range answers {
		if got.Error != "" {
			t.Errorf("%s: XState says: %s\n%s", name, got.Error, about(name))
			continue
		}
		for i, run := range got.Runs {
			if diff := cmp.Diff(want[name][i], run); diff != "" {
				t.Errorf("%s: XState does something else than the spec on walk %d (-spec +XState):\n%s\n%+v\n%s",
					name, i, diff, questions[name].Walks[i], about(name))
				break
			}
		}
	}
}

// A config of any combination of words walks as in XState, or the importer says what it left out.
func TestImportedRandomConfigs_WalkAsInXState(t *testing.T) {
	npm.Install(t, ".")
	questions, want, specs := map[string]chartQuestion{}, map[string][][]seen{}, map[string]string{}
	configs := randomConfigs
	if n, err := strconv.Atoi(os.Getenv("CONFIGS")); err == nil {
		configs = n
	}
	whole, left := 0, map[string]int{}
	for seed := range uint64(configs) {
		version := 4 + int(seed%2)
		name := fmt.Sprint("random ", seed)
		config, err := json.Marshal(newRandomConfig(rand.New(rand.NewPCG(seed, 5)), version))
		if err != nil {
			t.Fatal(err)
		}
		r, err := importer.XState(config, importer.Options{Path: name})
		switch {
		case err != nil || r.Wrong.Count(spec.Error) > 0:
			if !strings.Contains(fmt.Sprint(r.Wrong), "eventless") {
				t.Errorf("%s: %v %v\n%s\n%s", name, err, r.Wrong, config, r.Spec)
			}
			continue
		case says(r.Found, "FSM090"):
			left[numbers.ReplaceAllString(firstOf(r.Found, "FSM090"), "#")]++
			continue
		}
		whole++
		q := chartQuestion{Config: config, Version: version}
		for seed := range uint64(6) {
			walk, states := newChart(t, name, r, true).randomWalk(rand.New(rand.NewPCG(seed, 6)), 40)
			q.Walks, want[name] = append(q.Walks, walk), append(want[name], states)
		}
		questions[name], specs[name] = q, string(r.Spec)
	}
	for what, n := range left {
		t.Logf("%d times: %s", n, what)
	}
	t.Logf("%d of %d configs are imported whole", whole, configs)
	if whole < configs/2 {
		t.Errorf("%d of %d configs are imported whole; want most", whole, configs)
	}
	compareWalks(t, questions, want, func(name string) string { return string(questions[name].Config) + "\n" + specs[name] })
}

// importedChart is the spec of a chart, and the oracle that does what its hooks are to do.
type importedChart struct {
	m      *simulate.Machine
	result importer.Result
	path   map[string]string // of states of the spec in the source
	guards map[string]bool
	// fixed guards do not change on a walk: XState asks those of eventless transitions also when an event did nothing.
	fixed bool
	ran   []string
	sends []sending
}

// sending is an event on its way.
type sending struct {
	at        time.Duration
	event, id string
}

func newChart(t *testing.T, name string, r importer.Result, fixed bool) *importedChart {
	m, found := spec.Load(name, r.Spec)
	if found.HasErrors() {
		t.Fatal(found)
	}
	c := &importedChart{result: r, fixed: fixed, path: map[string]string{}}
	for path, name := range r.States {
		if len(path) >= len(c.path[name]) {
			c.path[name] = path
		}
	}
	c.m, _ = simulate.New(m, silent{}, nil)
	return c
}

// silent answers for no hook.
type silent struct{}

func (silent) Guard(*simulate.Question) bool         { return false }
func (silent) Choose(*simulate.Question) string      { return "" }
func (silent) Reply(*simulate.Question) (any, error) { return nil, nil }
func (silent) Act(*simulate.Question)                {}

// randomWalk plays a walk that leads through no circle of eventless transitions, and returns what was seen on it.
func (c *importedChart) randomWalk(r *rand.Rand, length int) (walk []charted, states []seen) {
	c.start(r)
	walk, states = []charted{{Guards: c.guards}}, []seen{c.look()}
	for range length {
		if c.m.Err() != nil {
			break
		}
		next := c.choose(r)
		c.guards = next.Guards
		c.take(next)
		if c.circles(c.m) {
			break
		}
		walk, states = append(walk, next), append(states, c.look())
	}
	return walk, states
}

var numbers = regexp.MustCompile(`[0-9]+`)

// firstOf is the first finding of a code.
func firstOf(found spec.Findings, code string) string {
	return found[slices.IndexFunc(found, func(f spec.Finding) bool { return f.Code == code })].Message
}

// mostActions is how many actions a step of a walk runs at most; a circle of events that the machine sends itself runs more.
const mostActions = 500

var errEndless = errors.New("the machine never comes to rest")

// start begins the machine, with guards with which it comes to rest.
func (c *importedChart) start(r *rand.Rand) {
	m := c.m.Spec()
	for range 100 {
		c.guards, c.ran, c.sends, c.m = c.answers(r), nil, nil, nil
		started, err := simulate.New(m, c, nil)
		if err == nil && !c.circles(started) {
			c.m = started
			c.deliver(0)
			return
		}
	}
	panic(errEndless)
}

// circles reports whether a machine was ended because it never came to rest.
func (c *importedChart) circles(m *simulate.Machine) bool {
	_, eventless := errors.AsType[*simulate.EventlessError](m.Err())
	return eventless || len(c.ran) > mostActions
}

// answers are random ones to all guards of the source.
func (c *importedChart) answers(r *rand.Rand) map[string]bool {
	guards := map[string]bool{}
	for _, hook := range slices.Sorted(maps.Keys(c.result.Effects)) {
		if text := c.result.Effects[hook].Text; text != "" {
			guards[text] = r.IntN(2) == 0
		}
	}
	return guards
}

func (c *importedChart) choose(r *rand.Rand) charted {
	next := charted{Guards: c.guards}
	if !c.fixed {
		next.Guards = c.answers(r)
	}
	work := c.m.Invokes()
	switch n := r.IntN(10); {
	case n < 2:
		next.Wait = []int{1, 99, 333, 1000, 2600, 31000}[r.IntN(6)]
	case n < 4 && len(work) > 0:
		v := work[r.IntN(len(work))]
		next.Work = c.result.Effects[v.Src.Value].Text
		if strings.HasSuffix(v.Src.Value, "_2") {
			next.Nth = 1
		}
		next.Failed = len(v.OnError) > 0 && r.IntN(2) == 0
	default:
		if events := slices.Sorted(maps.Keys(c.result.Events)); len(events) > 0 {
			next.Event = events[r.IntN(len(events))]
		}
	}
	return next
}

func (c *importedChart) take(s charted) {
	switch {
	case s.Wait > 0:
		c.deliver(time.Duration(s.Wait) * time.Millisecond)
	case s.Work != "":
		for _, v := range c.m.Invokes() {
			if c.result.Effects[v.Src.Value].Text == s.Work && strings.HasSuffix(v.Src.Value, "_2") == (s.Nth == 1) {
				c.m.Conclude(v, nil, failure(s.Failed))
				break
			}
		}
	case s.Event != "":
		_, _ = c.m.Send(c.result.Events[s.Event], nil)
	}
	c.deliver(0)
}

func failure(failed bool) error {
	if failed {
		return errors.New("failed")
	}
	return nil
}

func (c *importedChart) look() seen {
	s := seen{State: c.path[c.m.State().Name], Ran: c.ran}
	if s.Ran == nil {
		s.Ran = []string{}
	}
	c.ran = nil
	return s
}

// deliver lets time pass, and delivers what was sent and is due, in order.
func (c *importedChart) deliver(d time.Duration) {
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
	if c.m.Err() == nil {
		c.m.Advance(max(0, end-c.m.Now()))
	}
}

func (c *importedChart) Guard(q *simulate.Question) bool {
	return c.guards[c.result.Effects[q.Name()].Text]
}

func (c *importedChart) Act(q *simulate.Question) {
	effect, now := c.result.Effects[q.Name()], time.Duration(0)
	if c.m != nil { // nil while the machine begins
		now = c.m.Now()
	}
	switch {
	case effect.Raise != "":
		for _, ev := range q.Spec().Events {
			if ev.Name == effect.Raise {
				q.Raise(ev, nil)
			}
		}
	case effect.Send != "":
		c.sends = append(c.sends, sending{now + effect.Delay, effect.Send, effect.ID})
	case effect.Cancel != "":
		c.sends = slices.DeleteFunc(c.sends, func(s sending) bool { return s.id == effect.Cancel })
	default:
		if c.ran = append(c.ran, effect.Text); len(c.ran) > mostActions {
			panic(errEndless) // which ends the machine
		}
	}
}

func (c *importedChart) Choose(*simulate.Question) string { return "" }

func (c *importedChart) Reply(*simulate.Question) (any, error) { return nil, nil }
