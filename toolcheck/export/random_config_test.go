package export

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// randomConfig makes a config of XState 4 or 5 that uses what machines are made of, in any combination.
type randomConfig struct {
	r       *rand.Rand
	version int
	ids     []string // of all states
	rests   []string // of those that are neither final nor a history
	count   int
	finals  bool // there are final states
}

type object = map[string]any

func newRandomConfig(r *rand.Rand, version int) object {
	c := &randomConfig{r: r, version: version, ids: []string{"m"}, finals: r.IntN(2) == 0}
	root := c.tree("m", 0)
	root["id"] = "m"
	if version == 4 {
		root["predictableActionArguments"] = true
	} else {
		root["types"] = object{}
	}
	c.fill(root, "m")
	return root
}

func (c *randomConfig) chance(percent int) bool { return c.r.IntN(100) < percent }

// tree makes states without what they do.
func (c *randomConfig) tree(id string, depth int) object {
	states := object{}
	keys := []string{}
	for range 2 + c.r.IntN(2) {
		c.count++
		key := fmt.Sprintf("s%d", c.count)
		keys = append(keys, key)
		c.ids, c.rests = append(c.ids, id+"."+key), append(c.rests, id+"."+key)
		state := object{}
		if depth < 2 && c.chance(40) {
			state = c.tree(id+"."+key, depth+1)
		}
		states[key] = state
	}
	if c.finals && c.chance(60) {
		c.count++
		key := fmt.Sprintf("s%d", c.count)
		c.ids = append(c.ids, id+"."+key)
		states[key] = object{"type": "final"}
	}
	if c.chance(40) {
		history := object{"type": "history", "history": []string{"shallow", "deep"}[c.r.IntN(2)]}
		if c.version == 5 && c.chance(50) {
			history["target"] = keys[c.r.IntN(len(keys))]
		}
		states["h"+keys[0]] = history
		c.ids = append(c.ids, id+".h"+keys[0])
	}
	return object{"initial": keys[c.r.IntN(len(keys))], "states": states}
}

// fill gives a state and those inside it what they do.
func (c *randomConfig) fill(state object, id string) {
	name := strings.ReplaceAll(id, ".", "_")
	if state["type"] == "history" {
		return
	}
	if c.chance(60) || state["type"] == "final" {
		state["entry"] = "enter_" + name
	}
	if state["type"] == "final" {
		return
	}
	if c.chance(50) {
		state["exit"] = "exit_" + name
	}
	on := object{}
	for _, event := range []string{"A", "B", "C.x", "C.y", "raised"} {
		if c.chance(35) {
			on[event] = c.transitions(state, id, event != "raised")
		}
	}
	if c.chance(15) && (state["states"] == nil || !c.finals) { // which may take a done event after its state was left
		on["*"] = c.transitions(state, id, false)
	}
	if c.version == 5 && c.chance(15) {
		on["C.*"] = c.transitions(state, id, false)
	}
	state["on"] = on
	if c.chance(25) && (c.version == 4 || id != "m") {
		state["after"] = object{fmt.Sprint(100 + c.r.IntN(3000)): c.transitions(state, id, false)}
	}
	if c.chance(15) && state["states"] == nil { // XState takes a done event also after an eventless transition has left the state
		state["always"] = []any{c.guarded(c.resting(c.transition(state, id, false)))}
	}
	if c.chance(20) && (c.version == 4 || id != "m") {
		work := "work_" + name
		state["invoke"] = object{"id": work, "src": work, "onDone": c.transitions(state, id, false), "onError": []any{c.transition(state, id, false), object{}}}
	}
	inner, _ := state["states"].(object)
	if hasFinal(inner) && id != "m" && c.chance(70) {
		state["onDone"] = c.resting(c.transition(state, id, false))
	}
	for _, key := range slices.Sorted(keysOf(inner)) {
		c.fill(inner[key].(object), id+"."+key)
	}
}

// targetFrom is the id of a state. A history is one only from outside its parent, since versions differ about others.
func (c *randomConfig) targetFrom(id string) string {
	for {
		target := c.ids[c.r.IntN(len(c.ids))]
		parent, last, _ := cutLast(target)
		if !strings.HasPrefix(last, "h") || !strings.HasPrefix(id+".", parent+".") {
			return target
		}
	}
}

func cutLast(id string) (parent, last string, found bool) {
	at := strings.LastIndexByte(id, '.')
	return id[:max(at, 0)], id[at+1:], at >= 0
}

// resting makes a transition lead to no final state, so that no circle of done events begins.
func (c *randomConfig) resting(t object) object {
	t["target"] = "#" + c.rests[c.r.IntN(len(c.rests))]
	return t
}

func hasFinal(states object) bool {
	for _, s := range states {
		if s.(object)["type"] == "final" {
			return true
		}
	}
	return false
}

func keysOf(o object) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for key := range o {
			if !yield(key) {
				return
			}
		}
	}
}

func (c *randomConfig) transitions(state object, id string, raises bool) any {
	if c.chance(30) {
		return []any{c.guarded(c.transition(state, id, raises)), c.transition(state, id, raises)}
	}
	return c.transition(state, id, raises)
}

func (c *randomConfig) guarded(t object) object {
	t[map[int]string{4: "cond", 5: "guard"}[c.version]] = fmt.Sprintf("g%d", c.r.IntN(4))
	return t
}

func (c *randomConfig) transition(state object, id string, raises bool) object {
	t := object{}
	if c.chance(80) {
		t["target"] = "#" + c.targetFrom(id)
		if inner, ok := state["states"].(object); ok && c.chance(30) {
			keys := slices.DeleteFunc(slices.Sorted(keysOf(inner)), func(key string) bool { return key[0] == 'h' })
			t["target"] = "." + keys[c.r.IntN(len(keys))]
		}
		if c.version == 5 && c.chance(25) {
			t["reenter"] = true
		}
		if c.version == 4 && c.chance(25) {
			t["internal"] = c.chance(50)
		}
	}
	if c.chance(40) {
		t["actions"] = []any{fmt.Sprintf("act%d", c.r.IntN(9))}
		if raises && c.chance(30) {
			t["actions"] = append(t["actions"].([]any), object{"type": "xstate.raise", "event": object{"type": "raised"}})
		}
	}
	if c.chance(30) {
		c.guarded(t)
	}
	if c.version == 4 && c.chance(8) {
		t["in"] = "#" + c.rests[c.r.IntN(len(c.rests))]
	}
	return t
}
