package check

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// undeclared reports names without a declaration. The names of types are reported by badTypes, those of `after` by
// badAfters.
func undeclared(m *model.Machine, report func(finding.Finding)) {
	names := newIndex(m)
	undeclaredStates(m, names, report)
	for r := range eventUses(m) {
		if r.Event == nil && r.Value != "" {
			f := undeclaredName(r.Text, "event", "events", eventNames(m))
			report(orStub(f, m, r.Value, "events", declsOf(m.Events, "", func(ev *decl.Event) (syntax.Pos, string) { return ev.Pos, ev.Name })))
		}
	}
	for use := range hookUses(m) {
		if use.ref.Hook == nil && use.ref.Value != "" {
			reportNoHook(m, use, names, report)
		}
	}
	for r := range timerUses(m) {
		if r.Timer == nil && r.Value != "" {
			report(undeclaredName(r.Text, "timer", "timers", timerNames(m)))
		}
	}
	undeclaredPayload(m, report)
	undeclaredValues(m, report)
}

func undeclaredStates(m *model.Machine, names index, report func(finding.Finding)) {
	check := func(t syntax.Text) {
		if t.Value != "" && names.states[t.Value] == nil {
			report(undeclaredName(t, "state", "states", stateNames(m)))
		}
	}
	if len(m.States) > 0 {
		check(m.Initial)
	}
	for s := range m.All() {
		if len(s.States) > 0 {
			check(s.Initial)
		}
	}
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			check(a.Target)
		}
	}
	for s := range m.All() {
		if s.Kind == model.History {
			check(s.Default)
		}
	}
	for r := range stateUses(m) {
		check(r.Text)
	}
}

// undeclaredName is the finding of a name that has no declaration; a name that is near is its fix.
func undeclaredName(t syntax.Text, what, section string, declared iter.Seq[string]) finding.Finding {
	f := finding.Finding{Pos: t.Pos, Message: "there is no " + what + " " + wording.Quote(t.Value)}
	f.Help, f.Fix = wording.Suggest(t.Value, declared, "", "declare it under `"+section+"`")
	return f
}

// orStub adds the declaration of a name as the fix of a finding about a name that is near no other.
func orStub(f finding.Finding, m *model.Machine, name, section string, declared []declaration) finding.Finding {
	if !strings.HasPrefix(f.Help, "declare") || !decl.SnakeCase.MatchString(name) || decl.IsYAMLWord(name) {
		return f
	}
	text := syntax.NewSource(m.Source)
	if len(declared) > 0 {
		f.Fix = text.Addition(declared[len(declared)-1].pos, name+": {}")
	} else {
		f.Fix = text.Section("initial", m.Initial.Pos.Line, section, name+": {}")
	}
	return f
}

// reportNoHook reports the use of a hook that is of another kind, or is not declared.
func reportNoHook(m *model.Machine, use hookUse, names index, report func(finding.Finding)) {
	other := names.otherKind(hookKey{use.kind, use.ref.Value})
	if other != nil {
		report(finding.Finding{
			Pos: use.ref.Pos, End: use.end,
			Message: wording.Quote(other.Name) + " is " + wording.Article(other.Kind.String()) + ", not " + wording.Article(use.kind.String()),
			Help:    "name one of `" + use.kind.Section() + "`",
			Related: finding.RelatedTo(other.Pos, "declared here"),
		})
		return
	}
	f := undeclaredName(use.ref.Text, use.kind.String(), use.kind.Section(), hookNames(m, use.kind))
	if f.End = use.end; use.kind != decl.Choice { // a stub would need the outcomes
		f = orStub(f, m, use.ref.Value, use.kind.Section(), hookDeclsOf(m, use.kind))
	}
	report(f)
}

// undeclaredPayload reports payload fields that a `record` or a hook takes and no event has.
func undeclaredPayload(m *model.Machine, report func(finding.Finding)) {
	declared := payloadNameSet(m)
	for _, ev := range m.Events {
		for _, t := range ev.Record {
			if fieldOf(ev.Payload, t.Value) == nil {
				f := finding.Finding{Pos: t.Pos, Message: "event " + wording.Quote(ev.Name) + " has no payload field " + wording.Quote(t.Value)}
				f.Help, f.Fix = wording.Suggest(t.Value, fieldNames(ev.Payload), "", "declare it under the event's `payload`")
				report(f)
			}
		}
	}
	for h := range m.Hooks() {
		for _, t := range h.Payload {
			if !declared[t.Value] && t.Value != theCaller {
				f := finding.Finding{Pos: t.Pos, Message: "no event has a payload field " + wording.Quote(t.Value)}
				f.Help, f.Fix = wording.Suggest(t.Value, payloadNames(m), "", "declare it under an event's `payload`")
				report(f)
			}
		}
	}
}

// unused reports events, timers, hooks and types that nothing uses. Params and data need no use in the spec: hooks read
// them.
func unused(m *model.Machine, report func(finding.Finding)) {
	used := used(m)
	unusedEvents(m, used, report)
	timers := declsOf(m.Timers, "timer", func(t *decl.NamedTimer) (syntax.Pos, string) { return t.Pos, t.Name })
	reportUnused(m, timers, func(i int) bool { return used[m.Timers[i].Event] }, "no transition starts it", report)
	for _, kind := range decl.HookKinds {
		hooks := hooksOf(m, kind)
		reportUnused(m, hookDeclsOf(m, kind), func(i int) bool { return used[hooks[i]] }, "no state uses it", report)
	}
	mentioned := maps.Collect(mentionedTypes(m))
	types := declsOf(m.Types, "type", func(t *decl.Type) (syntax.Pos, string) { return t.Pos, t.Name })
	typeUsed := func(i int) bool { return mentioned[m.Types[i].Name] }
	reportUnused(m, types, typeUsed, "no payload, data, call or type uses it", report)
}

// unusedEvents reports events that no state decides; the help differs for those that a property or a raise names.
func unusedEvents(m *model.Machine, used map[any]bool, report func(finding.Finding)) {
	const why = "no state handles, postpones or ignores it"
	named := map[*decl.Event]syntax.Pos{}
	for r := range eventUses(m) {
		named[r.Event] = r.Pos
	}
	for _, ev := range m.Events {
		if at, ok := named[ev]; ok && !used[ev] {
			report(finding.Finding{
				Pos: ev.Pos, Message: "event " + wording.Quote(ev.Name) + " is named and never handled", Label: why,
				Help: "add it to the `on` of a state", Related: finding.RelatedTo(at, "named here"),
			})
			used[ev] = true
		}
	}
	events := declsOf(m.Events, "event", func(ev *decl.Event) (syntax.Pos, string) { return ev.Pos, ev.Name })
	reportUnused(m, events, func(i int) bool { return used[m.Events[i]] }, why, report)
}

// used are the events and hooks that something refers to.
func used(m *model.Machine) map[any]bool {
	used := map[any]bool{}
	for r := range decisions(m) {
		used[r.Event] = true
	}
	for use := range hookUses(m) {
		used[use.ref.Hook] = true
	}
	for list := range transitionLists(m) {
		for _, c := range list.eachCause() {
			used[c.event] = true
		}
	}
	for r := range timerUses(m) {
		used[r.Timer.Event] = true
	}
	return used
}

// reportUnused reports the declarations of one section that are not used. Those of a section that would be empty
// without them have no fix.
func reportUnused(m *model.Machine, all []declaration, used func(i int) bool, why string, report func(finding.Finding)) {
	var rest []declaration
	for i, d := range all {
		if !used(i) {
			rest = append(rest, d)
		}
	}
	if len(rest) == 0 {
		return
	}
	text := syntax.NewSource(m.Source)
	for _, d := range rest {
		message := d.what + " " + wording.Quote(d.name) + " is never used"
		f := finding.Finding{Pos: d.pos, Message: message, Label: why, Help: "use it or leave it out"}
		if len(rest) < len(all) {
			f.Fix = text.Removal(d.pos)
		}
		report(f)
	}
}

// mentionedTypes yields the names in the type expressions of the machine, each with true. A type does not mention
// itself.
func mentionedTypes(m *model.Machine) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for use := range typeUses(m) {
			expr, err := parseGoType(use.text.Value)
			if err != nil {
				continue
			}
			for _, name := range namedIn(expr) {
				if name != use.owner && !yield(name, true) {
					return
				}
			}
		}
	}
}

// repetitions reports lists that name something twice.
func repetitions(m *model.Machine, report func(finding.Finding)) {
	reportRepeated(m, m.Go.Imports, report)
	reportRepeated(m, m.Go.Emit, report)
	for _, ev := range m.Events {
		reportRepeated(m, ev.Record, report)
	}
	for h := range m.Hooks() {
		reportRepeated(m, h.Payload, report)
	}
	for s := range m.All() {
		reportRepeated(m, eventTexts(s.Postpone), report)
		reportRepeated(m, eventTexts(s.Ignore), report)
		reportInvokedTwice(s, report)
	}
}

func reportRepeated(m *model.Machine, list []syntax.Text, report func(finding.Finding)) {
	first := map[string]syntax.Text{}
	for _, t := range list {
		if before, again := first[t.Value]; again {
			report(finding.Finding{
				Pos: t.Pos, Message: wording.Quote(t.Value) + " is in this list twice", Help: "leave one out",
				Related: finding.RelatedTo(before.Pos, "first here"), Fix: syntax.NewSource(m.Source).Removal(t.Pos),
			})
			continue
		}
		first[t.Value] = t
	}
}

func eventTexts(refs []*decl.EventRef) []syntax.Text {
	texts := make([]syntax.Text, 0, len(refs))
	for _, r := range refs {
		texts = append(texts, r.Text)
	}
	return texts
}

// reportInvokedTwice reports an invoke that a state has twice: their ends could not be told apart.
func reportInvokedTwice(s *model.State, report func(finding.Finding)) {
	first := map[string]syntax.Pos{}
	for _, v := range s.Invokes {
		if before, again := first[v.Src.Value]; again {
			report(finding.Finding{
				Pos: v.Src.Pos, Message: "state " + wording.Quote(s.Name) + " invokes " + wording.Quote(v.Src.Value) + " twice",
				Help:    "leave one out",
				Related: finding.RelatedTo(before, "first here"),
			})
			continue
		}
		first[v.Src.Value] = v.Src.Pos
	}
}

// badParts reports words of `emit` that are not parts of the generated code.
func badParts(m *model.Machine, report func(finding.Finding)) {
	for _, t := range m.Go.Emit {
		if t.Value == string(model.PartData) && len(m.Data) == 0 {
			report(finding.Finding{
				Pos: t.Pos, Message: "a machine without data begins with none", Help: "leave `data` out of `emit`, or declare `data`",
			})
		}
		if !slices.Contains(model.Parts(), model.Part(t.Value)) {
			report(finding.Finding{
				Pos: t.Pos, Message: wording.Quote(t.Value) + " is not a part of the generated code",
				Help: wording.DidYouMean(t.Value, partNames(), "the parts are `server`, `can`, `would`, `snapshot`, `text` and `data`"),
			})
		}
	}
}

func partNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range model.Parts() {
			if !yield(string(p)) {
				return
			}
		}
	}
}
