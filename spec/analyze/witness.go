package analyze

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// path returns the script that leads to a configuration from the start.
func (n *node) path() []interp.Stimulus { return script(n.parent.edges()) }

// path returns the script that leads to where the edge does, by it.
func (e *edge) path() []interp.Stimulus { return script(e.edges()) }

// edges returns the way from the start to where the edge leads, by it.
func (e *edge) edges() []*edge {
	way := []*edge{e}
	for e.from != nil {
		e = e.from.parent
		way = append(way, e)
	}
	slices.Reverse(way)
	return way
}

// script returns the lines of a way, with the time that has to pass so that timers expire when they are to and not before.
func script(way []*edge) []interp.Stimulus {
	times := schedule(way)
	lines := []interp.Stimulus{}
	for k, e := range way {
		if k > 0 && times[k] > times[k-1] && !e.fires() {
			lines = append(lines, interp.Stimulus{Kind: interp.Wait, After: times[k] - times[k-1]})
		}
		lines = append(lines, e.stimuli()...)
	}
	return lines
}

// stimuli are the lines of the edge: the answers, then what happens.
func (e *edge) stimuli() []interp.Stimulus {
	script := slices.Clone(e.answers)
	switch e.trigger.Kind {
	case 0:
		if len(script) > 0 {
			script = append(script, interp.Stimulus{Kind: interp.Begin})
		}
	case spec.OnInvokeDone:
		script = append(script, interp.Stimulus{Kind: interp.Return, Name: e.invoke()})
	case spec.OnInvokeError:
		script = append(script, interp.Stimulus{Kind: interp.Fail, Name: e.invoke(), Text: errInvoke.Error()})
	case spec.OnEvent:
		kind := interp.Send
		if e.trigger.Event.Timer != nil {
			kind = interp.Fire
		}
		script = append(script, interp.Stimulus{Kind: kind, Name: e.trigger.Event.Name})
	case spec.OnEventTimeout:
		script = append(script, interp.Stimulus{Kind: interp.Fire, Name: "event_timeout"})
	default:
		script = append(script, interp.Stimulus{Kind: interp.Fire, Name: interp.Name(e.trigger)})
	}
	return script
}

// invoke names the invoke that ends, with its state where another of the name is on.
func (e *edge) invoke() string {
	name := e.trigger.Invoke.Src.Value
	for _, v := range e.from.at.Invokes {
		if v == e.trigger.Invoke || v.Src.Value != name {
			continue
		}
		for s := range e.from.at.Leaf.Ancestors() {
			if slices.Contains(s.Invokes, e.trigger.Invoke) {
				return name + "@" + s.Name
			}
		}
	}
	return name
}

// inWords is a script on one line, for a message. It leaves out what is long.
func inWords(script []interp.Stimulus) string {
	var lines []string
	for _, s := range script {
		lines = append(lines, s.String())
	}
	if len(lines) == 0 {
		return "at once"
	}
	const most = 12
	if len(lines) > most {
		lines = append(lines[:most], "...")
	}
	return strings.Join(lines, "; ")
}
