// Package rule lists what a spec can get wrong, by code, and collects the findings of one file.
package rule

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// The codes of the findings. A code never changes its meaning; a rule that goes away leaves its number unused.
// [All] says what each is about.
const (
	Size      = "FSM001"
	Character = "FSM002"
	Syntax    = "FSM003"
	Tab       = "FSM004"
	Documents = "FSM005"
	Anchor    = "FSM006"
	Depth     = "FSM007"
	Tag       = "FSM008"

	UnknownWord = "FSM010"
	Unsupported = "FSM011"
	Duplicate   = "FSM012"
	Kind        = "FSM013"
	Missing     = "FSM014"
	Stray       = "FSM015"
	Version     = "FSM016"
	Postpone    = "FSM017"
	Discard     = "FSM018"

	Name       = "FSM020"
	Twice      = "FSM021"
	Collision  = "FSM022"
	Reserved   = "FSM023"
	Undeclared = "FSM024"
	Unused     = "FSM025"
	Repeated   = "FSM026"
	Renamed    = "FSM027"

	Type      = "FSM030"
	ParamType = "FSM031"
	Param     = "FSM032"
	Default   = "FSM033"
	Package   = "FSM034"
	Import    = "FSM035"
	Recursive = "FSM036"

	Payload     = "FSM040"
	NoPayload   = "FSM041"
	PayloadType = "FSM042"
	Reply       = "FSM043"
	ReplyType   = "FSM044"
	NoReply     = "FSM045"
	Later       = "FSM046"
	Caller      = "FSM047"
	Raise       = "FSM048"
	Choice      = "FSM049"

	Initial        = "FSM050"
	NoInitial      = "FSM051"
	Final          = "FSM052"
	DeadTransition = "FSM053"
	DeadPostpone   = "FSM054"
	Unreachable    = "FSM055"
	After          = "FSM056"
	Reenter        = "FSM057"
	History        = "FSM058"
	Done           = "FSM059"

	Condition     = "FSM060"
	ConditionType = "FSM061"
	Constant      = "FSM062"
	Timer         = "FSM063"
	TimerUse      = "FSM064"
	TimerTwice    = "FSM065"
	Strict        = "FSM066"
	Property      = "FSM067"
	Eventless     = "FSM068"
	End           = "FSM069"
)

// rules are all rules in the order of their codes.
var rules = []finding.Rule{
	{Code: Size, Severity: finding.Error, Summary: fmt.Sprintf("the file is larger than %d bytes", MaxSize)},
	{Code: Character, Severity: finding.Error, Summary: "the file is not UTF-8 text, or has a character that a text has no use for"},
	{Code: Syntax, Severity: finding.Error, Summary: "the file is not YAML"},
	{Code: Tab, Severity: finding.Error, Summary: "a line is indented with a tab"},
	{Code: Documents, Severity: finding.Error, Summary: "the file holds more than one YAML document"},
	{Code: Anchor, Severity: finding.Error, Summary: "an anchor, an alias or a merge key"},
	{Code: Depth, Severity: finding.Error, Summary: fmt.Sprintf("the YAML is nested deeper than %d levels", MaxDepth)},
	{Code: Tag, Severity: finding.Error, Summary: "a YAML tag"},

	{Code: UnknownWord, Severity: finding.Error, Summary: "a word that the language does not have"},
	{Code: Unsupported, Severity: finding.Error, Summary: "a word of the language that this version does not support yet"},
	{Code: Duplicate, Severity: finding.Error, Summary: "a key that its mapping already has"},
	{Code: Kind, Severity: finding.Error, Summary: "a value of the wrong kind"},
	{Code: Missing, Severity: finding.Error, Summary: "something that must be there is not"},
	{Code: Stray, Severity: finding.Error, Summary: "a comma broke an unquoted text"},
	{Code: Version, Severity: finding.Error, Summary: "a language version that this version does not know"},
	{Code: Postpone, Severity: finding.Error, Summary: "a `postpone` of a transition that changes no state, that replies, or that has no event"},
	{Code: Discard, Severity: finding.Error, Summary: "a `discard` of an invoke without a result"},

	{Code: Name, Severity: finding.Error, Summary: "a name that is not lower_snake_case, or that YAML tools disagree about"},
	{Code: Twice, Severity: finding.Error, Summary: "a name that something else has already"},
	{Code: Collision, Severity: finding.Error, Summary: "two names that cannot be told apart once they are Go names"},
	{Code: Reserved, Severity: finding.Error, Summary: "a name that the generated Go code needs itself"},
	{Code: Undeclared, Severity: finding.Error, Summary: "a name that is used and not declared"},
	{Code: Unused, Severity: finding.Warning, Summary: "a declaration that nothing uses"},
	{Code: Repeated, Severity: finding.Error, Summary: "a list that names something twice"},
	{Code: Renamed, Severity: finding.Error, Summary: "a `renamed_from` or a `removed` that says a name which is not an old one"},

	{Code: Type, Severity: finding.Error, Summary: "a Go type that cannot be used"},
	{Code: ParamType, Severity: finding.Error, Summary: "a param of a type that params cannot have"},
	{Code: Param, Severity: finding.Error, Summary: "a default, min or max that does not fit its param"},
	{Code: Default, Severity: finding.Error, Summary: "a default that does not fit its data"},
	{Code: Package, Severity: finding.Error, Summary: "a Go package name or directory that cannot be used"},
	{Code: Import, Severity: finding.Error, Summary: "an import that is not of the standard library"},
	{Code: Recursive, Severity: finding.Error, Summary: "a type that contains itself"},

	{Code: Payload, Severity: finding.Error, Summary: "a hook or a guard takes a payload field that does not come with what leads to it"},
	{Code: NoPayload, Severity: finding.Error, Summary: "a hook or a guard takes payload where none comes"},
	{Code: PayloadType, Severity: finding.Error, Summary: "a hook or a guard gets a payload field of different types"},
	{Code: Reply, Severity: finding.Error, Summary: "a reply to something that is not a call"},
	{Code: ReplyType, Severity: finding.Error, Summary: "a reply that answers calls of different types"},
	{Code: NoReply, Severity: finding.Warning, Summary: "a call that a transition leaves without a reply"},
	{Code: Later, Severity: finding.Error, Summary: "a reply that comes later and a transition without an action that takes the caller"},
	{Code: Caller, Severity: finding.Error, Summary: "a hook that takes the caller where no reply comes later"},
	{Code: Raise, Severity: finding.Error, Summary: "a raise of something that cannot be raised"},
	{Code: Choice, Severity: finding.Error, Summary: "a choice whose outcomes are not those that are declared, or a transition that does more than choose"},

	{Code: Initial, Severity: finding.Error, Summary: "an initial state that is not a child"},
	{Code: NoInitial, Severity: finding.Error, Summary: "a state with children and no initial state, or the other way round"},
	{Code: Final, Severity: finding.Error, Summary: "a final state that does something"},
	{Code: DeadTransition, Severity: finding.Error, Summary: "a transition that is never taken"},
	{Code: DeadPostpone, Severity: finding.Error, Summary: "an event that a state decides twice"},
	{Code: Unreachable, Severity: finding.Warning, Summary: "a state that is never entered"},
	{Code: After, Severity: finding.Error, Summary: "a time that is neither a duration nor a param of type duration"},
	{Code: Reenter, Severity: finding.Error, Summary: "a reenter without a target"},
	{Code: History, Severity: finding.Error, Summary: "a history where none can be, or with what none has"},
	{Code: Done, Severity: finding.Error, Summary: "an `onDone` of a state that is never done"},

	{Code: Condition, Severity: finding.Error, Summary: "a guard that is not an expression of the language"},
	{Code: ConditionType, Severity: finding.Error, Summary: "a guard whose operands do not fit its operators"},
	{Code: Constant, Severity: finding.Error, Summary: "a guard that is always the same"},
	{Code: Timer, Severity: finding.Error, Summary: "a timer that says nothing about when it fires, or two things"},
	{Code: TimerUse, Severity: finding.Warning, Summary: "a timer that is started and never handled, or handled and never started"},
	{Code: TimerTwice, Severity: finding.Error, Summary: "a transition that does two things to one timer"},
	{Code: Strict, Severity: finding.Error, Summary: "an event that a state of a strict machine does not decide"},
	{Code: Property, Severity: finding.Error, Summary: "a property that does not claim one thing about states"},
	{Code: Eventless, Severity: finding.Error, Summary: "a circle of `always`, or of transitions that postpone, that no guard ends"},
	{Code: End, Severity: finding.Warning, Summary: "an end that is not handled: of an invoke that fails, or of a state that is done"},
}

// All lists every rule in the order of the codes: FSM00x is about the file, FSM01x about words and shapes, FSM02x about
// names, FSM03x about types and values, FSM04x about hooks and replies, FSM05x about states, FSM06x about guards, time
// and what is asked of the whole machine.
func All() []finding.Rule { return slices.Clone(rules) }

// Limits of a spec file. Both are far beyond specs that are written by hand; they bound what a hostile file can cost.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 64      // mappings and lists inside one another
)

// Collector collects the findings of one file.
type Collector struct {
	Path   string
	Source syntax.Source
	Found  finding.Findings
}

// Add keeps a finding, and fills in its path, code, severity and ends.
func (r *Collector) Add(code string, f finding.Finding) {
	f.Path, f.Code, f.Severity = r.Path, code, finding.SeverityOf(rules, code)
	f.Message, f.Label, f.Help = wording.OneLine(f.Message), wording.OneLine(f.Label), wording.OneLine(f.Help)
	f.Pos = r.Source.Clamp(f.Pos)
	if f.End == (syntax.Pos{}) {
		f.End = r.Source.End(f.Pos)
	}
	for i := range f.Related {
		f.Related[i].Message = wording.OneLine(f.Related[i].Message)
		if f.Related[i].End == (syntax.Pos{}) {
			f.Related[i].End = r.Source.End(f.Related[i].Pos)
		}
	}
	for i := range f.Fix {
		if f.Fix[i].Pos == (syntax.Pos{}) {
			f.Fix[i].Pos, f.Fix[i].End = f.Pos, f.End
		}
	}
	r.Found = append(r.Found, f)
}
