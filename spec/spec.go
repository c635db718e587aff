// Package spec reads the language in which state machines are declared, and says what is wrong with a spec.
//
// A spec is a YAML file that declares one machine:
//
//	fsm: 1
//	machine: door
//	doc: A door with a lock.
//	params:
//	  patience: {type: duration, default: 10s, doc: How long the door stays open.}
//	events:
//	  push: {doc: The door is pushed., payload: {by: string}}
//	  turn: {doc: The key is turned., call: int}
//	guards:
//	  locked: {doc: The lock is closed.}
//	actions:
//	  greet: {payload: [by], doc: Says hello.}
//	replies:
//	  turns: {doc: How often the key was turned.}
//	initial: closed
//	states:
//	  closed:
//	    on:
//	      push:
//	        - {guard: locked}
//	        - {target: open, actions: greet}
//	      turn: {reply: turns}
//	  open:
//	    after: {patience: closed}
//	    postpone: [turn]
//	    ignore: [push]
//
// Every word, with its meaning and an example, is in docs/language.md. The schema fsm.schema.json, which is beside this
// file, has them for editors.
//
// # From a file to a machine
//
// [Load] parses and checks. It returns a [Machine]: a tree whose nodes carry source positions, and whose names
// point at their declarations. The machine also says what the words mean together: [Machine.Triggers] is what it can react to,
// [Machine.Decide] the transitions that it tries, [Plan] and [Resume] the states that a transition leaves and enters,
// and [Machine.Start] the states that it begins in. Generators, diagrams, simulators and checkers use these.
//
// # Findings
//
// [Load] reports everything that it finds, each with a stable code, a position and what to write instead. [Rules] lists
// the codes and [Explain] has a page about each. Where it is certain what was meant a finding has a fix, which [Fix]
// applies. [Printer] prints findings for terminals, for editors, for GitHub and for code scanning.
//
// The package opens no files and keeps no state. It is a facade: its types are aliases of those of internal
// packages, and `go doc ./spec/internal/model Machine` shows the fields of a machine.
package spec

import (
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// The text of a spec.
type (
	Pos  = syntax.Pos  // a place; lines and columns start at 1
	Text = syntax.Text // a scalar and where it stands
	Edit = syntax.Edit // a replacement of a piece of the text
)

// The declarations of a machine.
type (
	Type       = decl.Type       // a struct that payloads and replies use
	Field      = decl.Field      // a field of a type, of a payload or of the data
	Param      = decl.Param      // a setting of a machine
	Event      = decl.Event      // something that can happen to a machine
	NamedTimer = decl.NamedTimer // one of `timers`
	Length     = decl.Length     // how long a timer runs
	Hook       = decl.Hook       // a function that the user of the generated package writes
	HookKind   = decl.HookKind   // what a hook is for
	HookRef    = decl.HookRef    // the use of a hook by name
	EventRef   = decl.EventRef   // the use of an event by name
	TimerRef   = decl.TimerRef   // the use of a named timer
)

// The kinds of hook.
const (
	Guard  = decl.Guard
	Action = decl.Action
	Reply  = decl.Reply
	Invoke = decl.Invoke
	Choice = decl.Choice
)

// The states of a machine and what they do.
type (
	Machine      = model.Machine      // one state machine, as its spec declares it
	Go           = model.Go           // where and as what the Go code is written
	State        = model.State        // a node of the state tree
	StateKind    = model.StateKind    // the `type` of a state
	Handler      = model.Handler      // what a state does on one event
	Timer        = model.Timer        // an `after` or the `event_timeout` of a state
	Invocation   = model.Invocation   // work beside the machine that lasts while a state does
	Transition   = model.Transition   // one transition that a state can take
	Condition    = model.Condition    // the guard of a transition
	Choose       = model.Choose       // a hook that decides between transitions
	Outcome      = model.Outcome      // the transition that follows one answer of a choice
	Property     = model.Property     // a claim about a machine
	PropertyKind = model.PropertyKind // what a property claims
	StateRef     = model.StateRef     // the use of a state by name
)

// The snapshots of a machine.
type (
	Snapshots   = model.Snapshots   // what a spec says about the snapshots of older versions
	StoredTimer = model.StoredTimer // a timer as snapshots know it
)

// OldNames returns the names of a `renamed_from`.
func OldNames(texts []Text) []string { return model.OldNames(texts) }

// Part is a part of the generated Go package that a spec asks for with `go: {emit: [...]}`.
type Part = model.Part

// The parts. Everything else of the package is always generated.
const (
	PartServer   = model.PartServer
	PartCan      = model.PartCan
	PartWould    = model.PartWould
	PartSnapshot = model.PartSnapshot
	PartText     = model.PartText
	PartData     = model.PartData
)

// Parts lists the parts in the order of the documentation.
func Parts() []Part { return model.Parts() }

// The kinds of state.
const (
	Atomic   = model.Atomic
	Compound = model.Compound
	Final    = model.Final
	History  = model.History
)

// The kinds of property.
const (
	Reachable          = model.Reachable
	EventuallyPossible = model.EventuallyPossible
	Never              = model.Never
	LeadsTo            = model.LeadsTo
)

// What a machine does in a step.
type (
	Trigger     = model.Trigger     // what transitions wait for
	TriggerKind = model.TriggerKind // what makes a machine look at transitions
	Cell        = model.Cell        // what a machine does with one event in one leaf
	Verdict     = model.Verdict     // what becomes of an event that no guard lets through
	Step        = model.Step        // what taking a transition does to the state
)

// The kinds of trigger.
const (
	OnEvent        = model.OnEvent
	OnAfter        = model.OnAfter
	OnEvery        = model.OnEvery
	OnEventTimeout = model.OnEventTimeout
	OnAlways       = model.OnAlways
	OnDone         = model.OnDone
	OnInvokeDone   = model.OnInvokeDone
	OnInvokeError  = model.OnInvokeError
)

// The verdicts. The zero value is [Rejected].
const (
	Rejected  = model.Rejected
	Handled   = model.Handled
	Postponed = model.Postponed
	Ignored   = model.Ignored
)

// Plan returns the step that a transition makes from a leaf, which must be inside the source of the transition.
func Plan(leaf *State, a *Transition) Step { return model.Plan(leaf, a) }

// Resume returns how a step to a history goes on. Last is the leaf in which the machine was when it left the parent of
// the history last; it is nil if the machine never was there.
func Resume(history, last *State) Step { return model.Resume(history, last) }

// What is wrong with a spec.
type (
	Finding  = finding.Finding  // one thing that is wrong
	Findings = finding.Findings // everything that was found
	Related  = finding.Related  // another place that explains a finding
	Severity = finding.Severity // whether a finding keeps a machine from being generated
	Rule     = finding.Rule     // one thing that a spec can get wrong
	Printer  = finding.Printer  // prints findings
	Format   = finding.Format   // how findings are printed
)

// The severities. Only an [Error] makes a machine unusable.
const (
	Error   = finding.Error
	Warning = finding.Warning
	Info    = finding.Info
)

// The formats of findings.
const (
	TextFormat   = finding.TextFormat   // for terminals: with the lines that a finding is about
	ShortFormat  = finding.ShortFormat  // for editors and CI: one line each, as compilers print them
	JSONFormat   = finding.JSONFormat   // for programs: one object a line
	GitHubFormat = finding.GitHubFormat // for GitHub Actions: one workflow command each
	SARIFFormat  = finding.SARIFFormat  // for code scanning: one SARIF 2.1.0 document, also without findings
)

// Limits of a spec file. Both are far beyond specs that are written by hand; they bound what a hostile file can cost.
const (
	MaxSize  = rule.MaxSize  // bytes
	MaxDepth = rule.MaxDepth // mappings and lists inside one another
)
