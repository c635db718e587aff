// Package stored has random pairs of versions of a spec, and everything that machines of the older one can be stored
// with, for tests of what a newer version restores.
package stored

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/internal/spectest"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// Part is a snapshot with one thing that may be refused.
type Part struct {
	Key      string // "timer t0"
	Field    string // of the error that is about it
	Snapshot fsm.StoredSnapshot
}

// Parts are the snapshots that a machine can be stored in, one thing at a time.
func Parts(m *spec.Machine) []Part {
	var all []Part
	add := func(key, field string, s fsm.StoredSnapshot) {
		s.Version = fsm.SnapshotVersion
		all = append(all, Part{key, field, s})
	}
	deadline := time.Unix(3600, 0)
	for _, leaf := range m.Leaves() {
		ended := leaf.Kind == spec.Final && leaf.Parent == nil
		add("state "+leaf.Name, "state", fsm.StoredSnapshot{State: leaf.Name, Ended: ended})
		for _, f := range m.Data {
			data := map[string]json.RawMessage{spec.GoName(f.Name): sample(f)}
			add("data "+f.Name, "data.", fsm.StoredSnapshot{State: leaf.Name, Ended: ended, Data: data})
		}
		if ended {
			continue
		}
		for _, timer := range m.StoredTimers() {
			if timer.State == nil || timer.State.Contains(leaf) {
				add("timer "+timer.Name, "timers", fsm.StoredSnapshot{State: leaf.Name, Timers: []fsm.ArmedTimer{{Name: timer.Name, Deadline: deadline}}})
			}
		}
		for ev := range m.AllEvents() {
			if m.Cell(leaf, ev).End != spec.Postponed {
				continue
			}
			add("event "+ev.Name, "postponed", fsm.StoredSnapshot{State: leaf.Name, Postponed: []fsm.NamedEvent{{Event: ev.Name}}})
			for _, f := range ev.Payload {
				payload := fsm.NamedEvent{Event: ev.Name, Payload: fmt.Appendf(nil, `{%q: %s}`, spec.GoName(f.Name), sample(f))}
				add("payload "+ev.Name+"."+f.Name, "postponed.", fsm.StoredSnapshot{State: leaf.Name, Postponed: []fsm.NamedEvent{payload}})
			}
		}
		for of := range m.All() {
			for _, last := range m.Leaves() {
				if of.Remembers() && of.Contains(last) {
					add("history "+of.Name+" in "+last.Name, "memories", fsm.StoredSnapshot{
						State: leaf.Name, Memories: []fsm.StoredMemory{{Of: of.Name, Leaf: last.Name}},
					})
				}
			}
		}
	}
	return all
}

// sample is a value of a field as JSON: of numbers one that small types do not have.
func sample(f *spec.Field) json.RawMessage {
	if f.Type.Value == "string" {
		return []byte(`"seven"`)
	}
	return []byte("-70000")
}

// Refused returns the key of a part that an error is about, and nothing if there is none or it is about another part of
// the snapshot.
func (p Part) Refused(field, want string) string {
	switch {
	case field == "memories" && strings.Contains(want, "a state with a history"):
		of, _, _ := strings.Cut(p.Key, " in ")
		return of
	case field == p.Field || strings.HasSuffix(p.Field, ".") && strings.HasPrefix(field, p.Field):
		return p.Key
	default:
		return ""
	}
}

// Versions are two random versions of a machine. Often the second is the first with other names; otherwise states of one
// name are in other places, with other words. Its `renamed_from` and `removed` are right for some names, and for others
// not.
func Versions(seed uint64) (old, now *spec.Machine, ok bool) {
	r := rand.New(rand.NewPCG(seed, 3))
	source := spectest.Source(seed, spectest.All, "m")
	more := strings.Replace(source, "  count: {type: int}", "  count: {type: int}\n  more: {type: string}", 1)
	more = regexp.MustCompile(`(?m)^(  e\d: .payload: .n: int)`).ReplaceAllString(more, "$1, more: string")
	old, found := spec.Load("m.fsm.yaml", []byte(more))
	if found.HasErrors() {
		return nil, nil, false
	}
	if r.IntN(3) > 0 {
		source = more
	} else {
		source = spectest.Source(seed+1_000_000, spectest.All, "m")
	}
	now, found = spec.Load("m.fsm.yaml", []byte(edit(r, old, source)))
	return old, now, !found.HasErrors()
}

// edit renames and removes things of a spec that follows an old one.
func edit(r *rand.Rand, old *spec.Machine, source string) string {
	removed := map[string]map[string]bool{}
	remove := func(word, name string) {
		if removed[word] == nil {
			removed[word] = map[string]bool{}
		}
		removed[word][name] = true
	}
	// rename gives a name another one, and says so or says that it is gone or says nothing.
	rename := func(name, declaration, said, word, listed string) {
		if !strings.Contains(source, declaration) || r.IntN(4) > 0 {
			return
		}
		switch r.IntN(3) {
		case 0:
			source = strings.Replace(source, declaration, said, 1)
		case 1:
			remove(word, listed)
		}
		source = regexp.MustCompile(`\b`+name+`\b`).ReplaceAllString(source, name+"x")
		source = strings.ReplaceAll(source, "renamed_from: "+name+"x", "renamed_from: "+name)
	}
	rename("count", "count: {type: int}", "count: {type: int, renamed_from: count}", "data", "count")
	rename("more", "more: {type: string}", "more: {type: string, renamed_from: more}", "data", "more")
	for _, e := range []string{"e0", "e1", "e2", "e3", "call0"} {
		rename(e, "  "+e+": {payload: {n: int}", "  "+e+": {renamed_from: "+e+", payload: {n: int}", "events", e)
	}
	for _, timer := range []string{"t0: {after: ", "t1: {every: "} {
		rename(timer[:2], timer, strings.Replace(timer, "{", "{renamed_from: "+timer[:2]+", ", 1), "timers", timer[:2])
	}
	for _, e := range []string{"e0", "e1", "e2", "e3"} {
		switch r.IntN(6) {
		case 0:
			remove("payload", e+".more")
			source = strings.Replace(source, e+": {payload: {n: int, more: string}", e+": {payload: {n: int}", 1)
		case 1:
			source = strings.Replace(source, e+": {payload: {n: int, more: string}", e+": {payload: {n: int}", 1)
		case 2:
			source = strings.Replace(source, e+": {payload: {n: int, more: string}", e+": {payload: {n: int, other: {type: string, renamed_from: more}}", 1)
		}
	}
	rename("p0", "p0: {type: duration,", "p0: {renamed_from: p0, type: duration,", "states", "gone")
	if r.IntN(3) == 0 {
		source = strings.ReplaceAll(source, "{n: int", "{n: "+[]string{"int64", "uint8", "string"}[r.IntN(3)])
	}
	if r.IntN(4) == 0 {
		source = strings.Replace(source, "type: int,", "type: "+[]string{"string", "float64"}[r.IntN(2)]+",", 1)
	}
	for s := range old.All() {
		if r.IntN(5) > 0 || s.Kind == spec.History {
			continue
		}
		doc := fmt.Sprintf("doc: State %s.", s.Name)
		if i := strings.Index(source, doc); i >= 0 && r.IntN(2) == 0 {
			indent := source[strings.LastIndex(source[:i], "\n"):i]
			source = strings.Replace(source, doc, doc+indent+"renamed_from: "+s.Name, 1)
		} else if r.IntN(2) == 0 {
			remove("states", s.Name)
		}
		source = regexp.MustCompile(`\b`+s.Name+`\b`).ReplaceAllString(source, s.Name+"x")
		source = strings.ReplaceAll(source, "renamed_from: "+s.Name+"x", "renamed_from: "+s.Name)
	}
	source = lengthen(r, source)
	for _, timer := range old.StoredTimers() {
		if timer.State != nil && r.IntN(4) == 0 {
			remove("timers", timer.Name)
		}
	}
	var words []string
	for _, word := range slices.Sorted(maps.Keys(removed)) {
		words = append(words, fmt.Sprintf("%s: [%s]", word, strings.Join(slices.Sorted(maps.Keys(removed[word])), ", ")))
	}
	return source + "snapshots: {removed: {" + strings.Join(words, ", ") + "}}\n"
}

var lengthOfAfter = regexp.MustCompile(`(?m)^( +)(\w+ms): \[(.*)\]$`)

// lengthen changes some times of states, and says what they were or does not.
func lengthen(r *rand.Rand, source string) string {
	return lengthOfAfter.ReplaceAllStringFunc(source, func(line string) string {
		part := lengthOfAfter.FindStringSubmatch(line)
		switch r.IntN(5) {
		case 0:
			return fmt.Sprintf("%s9%s: [%s]", part[1], part[2], part[3])
		case 1:
			return fmt.Sprintf("%s9%s: {renamed_from: %s, transitions: [%s]}", part[1], part[2], part[2], part[3])
		case 2:
			return fmt.Sprintf("%s9%s: {name: fade%s, renamed_from: %s, transitions: [%s]}", part[1], part[2], part[2], part[2], part[3])
		default:
			return line
		}
	})
}
