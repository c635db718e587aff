package simulate_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/internal/spectest/drive"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// archived returns the spec of an archive.
func archived(t *testing.T, path string) []byte {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive.Files[0].Data
}

func door(t *testing.T, o simulate.Oracle) *simulate.Machine {
	t.Helper()
	m, err := simulate.New(load(t, "door.fsm.yaml", archived(t, "testdata/play/door.txtar")), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSend_ErrorsOfGeneratedMachines(t *testing.T) {
	m := door(t, &simulate.Answers{Replies: map[string]any{"receipt": 7}})
	if _, err := m.Send("enter", simulate.Values{"who": "jo"}); !errors.Is(err, fsm.ErrPending) {
		t.Errorf("a postponed event: %v; want %v", err, fsm.ErrPending)
	}
	_, err := m.Send("knock", nil)
	unhandled, ok := errors.AsType[*fsm.UnhandledError](err)
	if want := []string{"button", "enter", "lock", "scrap"}; !ok || unhandled.Refused || !cmp.Equal(unhandled.Allowed, want) {
		t.Errorf("an event that no state takes: %v; want one that allows %v", err, want)
	}
	if _, err := m.Send("nock", nil); err == nil || errors.Is(err, fsm.ErrStopped) {
		t.Errorf("an event that is not declared: %v; want an EventError", err)
	}
	if _, err := m.Send("scrap", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Send("lock", nil); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("an event after the end: %v; want %v", err, fsm.ErrStopped)
	}
}

func TestSend_CallGetsReply(t *testing.T) {
	m := door(t, &simulate.Answers{Default: true, Replies: map[string]any{"receipt": 7}})
	if _, err := m.Send("button", nil); err != nil {
		t.Fatal(err)
	}
	if reply, err := m.Send("enter", nil); reply != 7 || err != nil {
		t.Errorf("enter = %v, %v; want 7", reply, err)
	}
}

func TestSend_CallWhoseReplyFails(t *testing.T) {
	jammed := errors.New("the printer is jammed")
	answers := &simulate.Answers{Default: true, Failures: map[string]error{"receipt": jammed}}
	m := door(t, answers)
	if _, err := m.Send("button", nil); err != nil {
		t.Fatal(err)
	}
	for range 2 { // into open, and then again in open
		reply, err := m.Send("enter", nil)
		failed, ok := errors.AsType[*fsm.ReplyError](err)
		if !ok || !errors.Is(err, jammed) || failed.Event != "enter" || reply != nil || m.State().Name != "open" {
			t.Errorf("enter = %v, %v in %s; want a ReplyError in open", reply, err, m.State().Name)
		}
	}
	answers.Failures = nil
	answers.Replies = map[string]any{"receipt": 7}
	if reply, err := m.Send("enter", nil); reply != 7 || err != nil {
		t.Errorf("enter after the failures = %v, %v; want 7", reply, err)
	}
}

func TestEventTimeout_RejectedEventsLeaveIt(t *testing.T) {
	const watched = `fsm: 1
machine: line
events: {beat: {}, noise: {}, check: {}}
guards: {fine: {}}
initial: live
states:
  live: {event_timeout: {10s: dead}, on: {beat: {}, check: {guard: fine, target: dead}}}
  dead: {on: {noise: live}, ignore: [beat, check]}
`
	tests := []struct {
		name, event, want string
	}{
		{"no transition takes it", "noise", "dead"},
		{"its guard refuses it", "check", "dead"},
		{"it is handled", "beat", "live"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := simulate.New(load(t, "line.fsm.yaml", []byte(watched)), &simulate.Answers{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				m.Advance(3 * time.Second)
				_, _ = m.Send(tt.event, nil)
			}
			m.Advance(time.Second)
			if got := m.State().Name; got != tt.want {
				t.Errorf("after ten seconds it is in %s; want %s", got, tt.want)
			}
		})
	}
}

func TestAdvance_TimersExpireInOrder(t *testing.T) {
	m := door(t, &simulate.Answers{Default: true})
	_, _ = m.Send("button", nil)
	_, _ = m.Send("enter", nil)
	want := []string{"open after 2s", "unlocked after open_time"}
	for i, timer := range m.Timers() {
		if timer.Name != want[i] {
			t.Errorf("timer %d is %s; want %s", i, timer.Name, want[i])
		}
	}
	m.Advance(9 * time.Second)
	if got := m.State().Name; got != "closed" || m.Now() != 9*time.Second {
		t.Errorf("at %v the door is %s; want closed, at 9s", m.Now(), got)
	}
	m.Advance(time.Second)
	if got := m.State().Name; got != "locked" {
		t.Errorf("at %v the door is %s; want locked", m.Now(), got)
	}
}

func TestPossible_TriggersOfConfiguration(t *testing.T) {
	m := door(t, &simulate.Answers{Default: true})
	_, _ = m.Send("button", nil)
	var got []string
	for _, trigger := range m.Possible() {
		got = append(got, simulate.Name(trigger))
	}
	if want := []string{"enter", "knock", "lock", "scrap", "unlocked after open_time"}; !cmp.Equal(got, want) {
		t.Errorf("possible is %v; want %v", got, want)
	}
	m.Stop(nil)
	if got := m.Possible(); got != nil {
		t.Errorf("after the end %v is possible; want nothing", got)
	}
}

// A machine that is put into the configuration of another one goes on as that does.
func TestResume_GoesOnFromConfiguration(t *testing.T) {
	for seed := range uint64(100) {
		m, found := spec.Load("m.fsm.yaml", []byte(spectest.Source(seed, spectest.All, "m")))
		if found.HasErrors() {
			continue
		}
		walk := spectest.Walk(seed, 30)
		first := &walker{trace: &drive.Trace{Walk: seed}}
		first.m = begin(t, m, tracer{first.trace})
		for _, move := range walk[:15] {
			_, _ = first.move(move)
		}
		if first.m.Err() != nil {
			continue
		}
		second := &walker{trace: &drive.Trace{Walk: seed}}
		second.trace.Lines = append([]string(nil), first.trace.Lines...)
		var err error
		if second.m, err = simulate.Resume(m, tracer{second.trace}, nil, first.m.Configuration()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(describe(first.m), describe(second.m)); diff != "" {
			t.Fatalf("seed %d: configuration (-first +second):\n%s", seed, diff)
		}
	}
}

func begin(t *testing.T, m *spec.Machine, o simulate.Oracle) *simulate.Machine {
	t.Helper()
	machine, err := simulate.New(m, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// describe is the configuration of a machine as text.
func describe(m *simulate.Machine) []string {
	c := m.Configuration()
	lines := []string{c.Leaf.Name, fmt.Sprint(c.Data["count"])}
	for s := range m.Spec().All() {
		if leaf := c.History[s]; leaf != nil {
			lines = append(lines, s.Name+" remembers "+leaf.Name)
		}
	}
	for _, timer := range c.Timers {
		lines = append(lines, fmt.Sprint(timer.Name, " ", timer.Left))
	}
	for _, w := range c.Postponed {
		lines = append(lines, fmt.Sprint(w.Event.Name, w.Payload))
	}
	for _, v := range c.Invokes {
		lines = append(lines, v.Src.Value)
	}
	return lines
}

// TestEvery_LastsAsLongAsItsState has a state with a period of 10s around two others.
func TestEvery_LastsAsLongAsItsState(t *testing.T) {
	source := `
fsm: 1
machine: pump
events: {start: {}, faster: {}, stop: {}}
actions: {beat: {}}
initial: idle
states:
  idle: {on: {start: running}}
  running:
    initial: slow
    every: {10s: {actions: beat}}
    on: {stop: idle, start: {target: running, reenter: true}}
    states:
      slow: {on: {faster: fast}}
      fast: {}
`
	tests := []struct {
		name   string
		events []string // one each 4s
		left   time.Duration
		beats  int
	}{
		{"it begins on entry", []string{"start"}, 6 * time.Second, 0},
		{"it goes on", []string{"start", "", "", "", "", ""}, 6 * time.Second, 2},
		{"a change inside does not disturb it", []string{"start", "faster"}, 2 * time.Second, 0},
		{"entering again begins it anew", []string{"start", "", "start"}, 6 * time.Second, 0},
		{"leaving ends it", []string{"start", "", "", "stop", "", ""}, 0, 1},
		{"it begins again", []string{"start", "", "stop", "start", ""}, 2 * time.Second, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := simulate.New(load(t, "pump.fsm.yaml", []byte(source)), &simulate.Answers{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range tt.events {
				if event != "" {
					if _, err := m.Send(event, nil); err != nil {
						t.Fatal(err)
					}
				}
				m.Advance(4 * time.Second)
			}
			beats := 0
			for _, e := range m.Transcript() {
				if e.Kind == simulate.Ran && e.Name == "beat" {
					beats++
				}
			}
			if beats != tt.beats {
				t.Errorf("%d beats; want %d", beats, tt.beats)
			}
			timers := m.Timers()
			if tt.left == 0 && len(timers) == 0 {
				return
			}
			if len(timers) != 1 || timers[0].Name != "running every 10s" || timers[0].Left != tt.left {
				t.Errorf("timers %v; want running every 10s with %v left", timers, tt.left)
			}
		})
	}
}
