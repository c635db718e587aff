package format

// form says how a mapping is written: the order of its words, and whether it is joined on one line. The form of a list
// is the form of its items.
type form struct {
	// words are in canonical order. Other keys follow in the order of the spec. A mapping of names has no words.
	words []string
	// pack joins a mapping that fits on a line, however it was written. Without it only a mapping in brackets stays on
	// one line.
	pack bool
	// entry is the form of the value of a key; nil means keep.
	entry func(key string) *form
}

// keep is the form of a mapping that stays as it is written.
var keep = &form{}

func (f *form) of(key string) *form {
	if f.entry == nil {
		return keep
	}
	return f.entry(key)
}

// named is a mapping of names, all values of which have one form.
func named(f *form) *form { return &form{entry: func(string) *form { return f }} }

// packed is a mapping of words that is joined.
func packed(words ...string) *form { return &form{words: words, pack: true, entry: packedAll} }

// packedAll is the form of values in what is joined anyhow.
func packedAll(string) *form { return &form{pack: true, entry: packedAll} }

func machineForm() *form {
	hooks := named(packed("group", "payload", "result", "discard", "outcomes", "fails", "doc"))
	fields := &form{pack: true, entry: func(string) *form { return packed("type", "renamed_from") }}
	event := packed("doc", "renamed_from", "payload", "call", "record")
	event.entry = func(word string) *form {
		if word == "payload" {
			return fields
		}
		return packedAll(word)
	}
	snapshots := &form{words: []string{"revision", "removed"}, pack: true, entry: lookup(map[string]*form{
		"removed": packed("states", "events", "timers", "data", "payload", "types"),
	})}
	sections := map[string]*form{
		"go":      packed("package", "out", "imports", "emit"),
		"types":   named(fields),
		"params":  named(packed("type", "default", "min", "max", "renamed_from", "doc")),
		"data":    named(packed("type", "default", "renamed_from", "doc")),
		"events":  named(event),
		"timers":  named(packed("after", "every", "renamed_from", "doc")),
		"guards":  hooks,
		"actions": hooks, "replies": hooks, "invokes": hooks, "choices": hooks,
		"states":     named(stateForm()),
		"properties": propertyForm(),
		"snapshots":  snapshots,
	}
	return &form{
		words: []string{
			"fsm", "machine", "doc", "go", "strict", "types", "params", "data", "events", "timers", "guards", "actions", "replies",
			"invokes", "choices", "snapshots", "initial", "states", "properties",
		},
		entry: lookup(sections),
	}
}

func propertyForm() *form {
	f := packed("name", "reachable", "from", "eventually-possible", "never", "leads-to", "fair")
	f.entry = func(word string) *form {
		if word == "never" {
			return packed("state", "accepts")
		}
		return packedAll(word)
	}
	return f
}

func stateForm() *form {
	transitions := transitionForm()
	invoke := &form{words: []string{"src", "onDone", "onError"}, pack: true, entry: lookup(map[string]*form{
		"onDone": transitions, "onError": transitions,
	})}
	names := &form{pack: true}
	words := map[string]*form{
		"entry": names, "exit": names, "postpone": names, "ignore": names,
		"after": named(namedTimeForm(transitions)), "every": named(namedTimeForm(transitions)),
		"event_timeout": named(transitions), "on": named(transitions),
		"always": transitions, "onDone": transitions, "invoke": invoke,
	}
	state := &form{words: []string{
		"doc", "renamed_from", "type", "history", "target", "initial", "entry", "exit", "invoke", "after", "every", "event_timeout",
		"always", "on", "onDone", "postpone", "ignore", "states",
	}}
	state.entry = func(word string) *form {
		if word == "states" {
			return named(state)
		}
		return lookup(words)(word)
	}
	return state
}

// namedTimeForm is the form of what follows a time: transitions, or a mapping with the name of the time.
func namedTimeForm(transitions *form) *form {
	return &form{
		words: append([]string{"name", "renamed_from", "transitions"}, transitions.words...),
		pack:  true,
		entry: func(word string) *form {
			if word == "transitions" {
				return transitions
			}
			return transitions.of(word)
		},
	}
}

func transitionForm() *form {
	transition := &form{
		words: []string{"guard", "choose", "target", "reenter", "postpone", "actions", "cancel", "start", "update", "raise", "reply"},
		pack:  true,
	}
	choose := &form{words: []string{"src", "outcomes"}, pack: true, entry: func(word string) *form {
		if word == "outcomes" {
			return &form{pack: true, entry: func(string) *form { return transition }}
		}
		return keep
	}}
	names := &form{pack: true}
	transition.entry = lookup(map[string]*form{
		"choose": choose, "actions": names, "cancel": names, "start": names, "update": names, "raise": names,
	})
	return transition
}

func lookup(forms map[string]*form) func(string) *form {
	return func(word string) *form {
		if f := forms[word]; f != nil {
			return f
		}
		return keep
	}
}
