package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// maxQuestions is the number of questions of one event for which every answer is tried. Later ones get one answer: it takes a
// cycle of eventless transitions to ask so many.
const maxQuestions = 24

// rounds is the number of times that every answer of one question is tried for one event, if actions have run between.
const rounds = 2

// chooser is an oracle that gives one set of answers: those of a script, and behind its end the first that is possible.
type chooser struct {
	script  []int
	asked   []question
	epoch   epoch
	rounds  map[string]int      // by turn, leaf and name: how often it was asked
	answers map[string][]string // by claims: the answers that do not contradict them, as far as they are known
	cut     bool                // not every answer was tried
}

// question is one question, and which of the answers that are possible it got.
type question struct {
	kind    simulate.StimulusKind
	name    string
	answers []string
	given   int
}

// epoch is the time between two actions, in which guards do not change their answers.
type epoch struct {
	turn    int
	answers map[string]bool
	claims  []expr.Claim
}

// branch runs one thing with every set of answers, and hands on what it comes to.
func (s *space) branch(run func(*chooser) *outcome, arrive func(*outcome)) {
	script := []int{}
	for tries := 0; script != nil; tries++ {
		if tries == s.limits.Answers || s.steps == s.limits.Steps {
			s.complete = false
			return
		}
		s.steps++
		c := &chooser{script: script, answers: s.answers, rounds: map[string]int{}}
		if o := run(c); o != nil {
			arrive(o)
		}
		s.complete = s.complete && !c.cut
		script = c.next()
	}
}

// next returns the script after this one: the last question that has another answer gets it. It is nil behind the last.
func (c *chooser) next() []int {
	for i, q := range slices.Backward(c.asked) {
		if q.given+1 == len(q.answers) {
			continue
		}
		script := make([]int, 0, i+1)
		for _, before := range c.asked[:i] {
			script = append(script, before.given)
		}
		return append(script, q.given+1)
	}
	return nil
}

// Overrides makes conditions whose values are known questions, too, so that a witness has their answers.
func (*chooser) Overrides(*simulate.Question) bool { return true }

// Guard gives every answer that nothing contradicts.
func (c *chooser) Guard(q *simulate.Question) bool {
	if q.Turn != c.epoch.turn || c.epoch.answers == nil {
		c.renew(q.Turn)
	}
	name := q.Name()
	if answer, ok := c.epoch.answers[name]; ok {
		c.asked = append(c.asked, question{simulate.Guard, name, []string{text(answer)}, 0})
		return answer
	}
	answer := c.answer(simulate.Guard, name, c.possible(q)) == "true"
	c.epoch.answers[name] = answer
	if q.Expr != nil {
		c.epoch.claims = append(c.epoch.claims, expr.Claim{Expr: q.Expr, Holds: answer})
	}
	return answer
}

// possible returns the answers that do not contradict the answers before.
func (c *chooser) possible(q *simulate.Question) []string {
	if q.Computed != nil {
		return []string{text(*q.Computed)}
	}
	round := fmt.Sprint(q.Turn, " ", q.State.Name, " ", q.Name())
	c.rounds[round]++
	switch {
	case len(c.asked) >= maxQuestions || c.rounds[round] > rounds:
		c.cut = true
		return []string{text(c.rounds[round]%2 == 0)} // sometimes yes, sometimes no: one of them ends a circle
	case q.Expr == nil:
		return []string{text(true), text(false)}
	}
	var key strings.Builder
	key.WriteString(q.Name())
	for _, claim := range c.epoch.claims {
		key.WriteString(fmt.Sprintf(" | %s %t", claim.Expr.String(), claim.Holds))
	}
	answers, ok := c.answers[key.String()]
	if !ok {
		answers = c.consistent(q)
		c.answers[key.String()] = answers
	}
	return answers
}

// consistent returns the answers that can be true together with those before.
func (c *chooser) consistent(q *simulate.Question) []string {
	var answers []string
	for _, holds := range []bool{true, false} {
		claims := append(slices.Clone(c.epoch.claims), expr.Claim{Expr: q.Expr, Holds: holds})
		if expr.Together(claims...) != expr.Impossible {
			answers = append(answers, text(holds))
		}
	}
	if len(answers) == 0 { // what came before is impossible, which only all of it together shows
		return []string{text(false)}
	}
	return answers
}

func text(answer bool) string {
	if answer {
		return "true"
	}
	return "false"
}

// answer answers a question as the script says.
func (c *chooser) answer(kind simulate.StimulusKind, name string, answers []string) string {
	q := question{kind: kind, name: name, answers: answers}
	if i := len(c.asked); i < len(c.script) {
		q.given = c.script[i]
	}
	c.asked = append(c.asked, q)
	return answers[q.given]
}

// Choose gives every outcome.
func (c *chooser) Choose(q *simulate.Question) string {
	var outcomes []string
	for _, o := range q.Hook.Outcomes {
		outcomes = append(outcomes, o.Value)
	}
	return c.answer(simulate.Choose, q.Name(), outcomes)
}

// Reply says nothing.
func (*chooser) Reply(*simulate.Question) (any, error) { return nil, nil }

// Act makes guards free to change their answers, and the data unknown.
func (c *chooser) Act(q *simulate.Question) {
	clear(q.Data)
	c.renew(q.Turn)
}

func (c *chooser) renew(turn int) { c.epoch = epoch{turn: turn, answers: map[string]bool{}} }

// stimuli are the answers as lines of a script, one for each name.
func (c *chooser) stimuli() []simulate.Stimulus {
	var all []simulate.Stimulus
	for _, q := range c.asked {
		given := q.answers[q.given]
		i := slices.IndexFunc(all, func(s simulate.Stimulus) bool { return s.Kind == q.kind && s.Name == q.name })
		if i < 0 {
			i = len(all)
			all = append(all, simulate.Stimulus{Kind: q.kind, Name: q.name})
		}
		if q.kind == simulate.Guard {
			all[i].Holds = append(all[i].Holds, given == "true")
		} else {
			all[i].Picks = append(all[i].Picks, given)
		}
	}
	for i := range all {
		all[i].Holds, all[i].Picks = shortened(all[i].Holds), shortened(all[i].Picks)
	}
	return all
}

// shortened leaves out answers at the end that only repeat the last.
func shortened[V comparable](answers []V) []V {
	for len(answers) > 1 && answers[len(answers)-1] == answers[len(answers)-2] {
		answers = answers[:len(answers)-1]
	}
	return answers
}
