package spectest

import (
	"strings"
)

// transition says what the transitions of a trigger may have.
type transition struct {
	payload bool // n comes with the trigger
	reply   bool // the trigger is a call
	timing  bool // it may start, cancel and update timers
	raising bool // it may raise events from first on; each raises later ones only, so that this ends
	first   int
	guarded bool // it must have a guard
	acting  bool // it must have an action
	random  bool // its guard must be one that some time does not hold, since the transition can lead to itself
	retry   bool // it may postpone its event, which is tried again in the target
	resting bool // it may not lead to a final child: each time it does so without an event makes one more
}

func eventTransition(event int) transition {
	return transition{payload: true, reply: event >= calls, timing: true, raising: event < calls-1, first: event + 1, retry: true}
}

// transitions draws one to three transitions, of which only the last can be without a guard.
func (w *writer) transitions(a transition) []string {
	var all []string
	guarded := a
	guarded.guarded = true
	for range w.IntN(3) {
		all = append(all, w.transition(guarded))
	}
	return append(all, w.transition(a))
}

func (w *writer) transition(a transition) string {
	var words []string
	if a.guarded || w.IntN(4) == 0 {
		words = append(words, "guard: "+w.guard(a))
	}
	if !a.acting && w.may(Choose, 8) {
		a.guarded, a.acting = false, true
		left, right := w.effect(a), w.effect(a)
		words = append(words, "choose: {src: route, outcomes: {left: "+left+", right: "+right+"}}")
		return "{" + strings.Join(words, ", ") + "}"
	}
	return "{" + strings.Join(append(words, w.effects(a)...), ", ") + "}"
}

func (w *writer) effect(a transition) string { return "{" + strings.Join(w.effects(a), ", ") + "}" }

// effects draws what a transition does.
func (w *writer) effects(a transition) []string {
	var words []string
	if w.IntN(3) > 0 {
		words = append(words, "target: "+w.target(a))
		switch {
		case a.retry && a.guarded && w.may(Retry, 4):
			words = append(words, "reenter: true", "postpone: true")
			a.reply = false
		case w.IntN(4) == 0:
			words = append(words, "reenter: true")
		}
	}
	if a.acting || len(words) == 0 || w.IntN(2) == 0 {
		words = append(words, "actions: ["+strings.Join(w.actions(payloadHook(a, "an")), ", ")+"]")
	}
	if a.reply && w.IntN(3) > 0 {
		words = append(words, "reply: "+pick(w, "r0", "rn"))
	}
	if a.timing && w.may(Timers, 3) {
		words = append(words, pick(w, "start", "start", "cancel", "update")+": "+pick(w, w.timers...))
	}
	if a.raising && w.may(Raise, 5) {
		words = append(words, "raise: "+Events[a.first+w.IntN(calls-a.first)])
	}
	return words
}

func (w *writer) target(a transition) string {
	name := pick(w, w.targets...)
	for a.resting && strings.Contains(name, "_") && !isPlain(name) {
		name = pick(w, w.targets...)
	}
	return name
}

// isPlain reports whether a state inside another one is neither final nor a history.
func isPlain(name string) bool {
	last := name[strings.LastIndex(name, "_")+1:]
	return last != "over" && last != "was" && last != "deep"
}

// guard draws a guard: a name, or an expression.
func (w *writer) guard(a transition) string {
	name := pick(w, "g0", "g1", payloadHook(a, "gn"))
	if name == "" {
		name = "g0"
	}
	if a.random || !w.may(Condition, 2) {
		return name
	}
	compared := pick(w, "data.count + 1 >= params.limit", "data.count < 2", "params.p0 < 2s", payloadHook(a, "payload.n > 3"))
	if compared == "" {
		compared = "data.count != 1"
	}
	return `"` + pick(w, compared, "!"+name, name+" && "+compared, "!("+name+" || "+compared+")") + `"`
}

// actions draws one to three different actions.
func (w *writer) actions(also string) []string {
	names := []string{"a0", "a1", "a2", "bump"}
	if also != "" {
		names = append(names, also)
	}
	w.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:1+w.IntN(3)]
}

// payloadHook returns the hook where a payload comes with the trigger.
func payloadHook(a transition, hook string) string {
	if !a.payload {
		return ""
	}
	return hook
}
