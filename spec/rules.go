package spec

import "fmt"

// The codes of the findings. A code never changes its meaning; a rule that goes away leaves its number unused.
// [Rules] says what each is about.
const (
	codeSize      = "FSM001"
	codeCharacter = "FSM002"
	codeSyntax    = "FSM003"
	codeTab       = "FSM004"
	codeDocuments = "FSM005"
	codeAnchor    = "FSM006"
	codeDepth     = "FSM007"
	codeTag       = "FSM008"

	codeUnknownWord = "FSM010"
	codeUnsupported = "FSM011"
	codeDuplicate   = "FSM012"
	codeKind        = "FSM013"
	codeMissing     = "FSM014"
	codeStray       = "FSM015"
	codeVersion     = "FSM016"

	codeName       = "FSM020"
	codeTwice      = "FSM021"
	codeCollision  = "FSM022"
	codeReserved   = "FSM023"
	codeUndeclared = "FSM024"
	codeUnused     = "FSM025"
	codeRepeated   = "FSM026"
	codeRenamed    = "FSM027"

	codeType      = "FSM030"
	codeParamType = "FSM031"
	codeParam     = "FSM032"
	codeDefault   = "FSM033"
	codePackage   = "FSM034"
	codeImport    = "FSM035"
	codeRecursive = "FSM036"

	codePayload     = "FSM040"
	codeNoPayload   = "FSM041"
	codePayloadType = "FSM042"
	codeReply       = "FSM043"
	codeReplyType   = "FSM044"
	codeNoReply     = "FSM045"
	codeLater       = "FSM046"
	codeCaller      = "FSM047"
	codeRaise       = "FSM048"
	codeChoice      = "FSM049"

	codeInitial     = "FSM050"
	codeNoInitial   = "FSM051"
	codeFinal       = "FSM052"
	codeDeadArm     = "FSM053"
	codeDeadPark    = "FSM054"
	codeUnreachable = "FSM055"
	codeAfter       = "FSM056"
	codeReenter     = "FSM057"
	codeHistory     = "FSM058"
	codeDone        = "FSM059"

	codeCondition     = "FSM060"
	codeConditionType = "FSM061"
	codeConstant      = "FSM062"
	codeTimer         = "FSM063"
	codeTimerUse      = "FSM064"
	codeTimerTwice    = "FSM065"
	codeStrict        = "FSM066"
	codeProperty      = "FSM067"
	codeEventless     = "FSM068"
	codeEnd           = "FSM069"
)

// Rule is one thing that a spec can get wrong.
type Rule struct {
	Code     string
	Severity Severity
	Summary  string // one line, without the particulars of a spec
}

// Rules lists every rule in the order of the codes: FSM00x is about the file, FSM01x about words and shapes, FSM02x
// about names, FSM03x about types and values, FSM04x about hooks and replies, FSM05x about states, FSM06x about guards, time and what is
// asked of the whole machine.
func Rules() []Rule {
	return []Rule{
		{codeSize, Error, fmt.Sprintf("the file is larger than %d bytes", MaxSize)},
		{codeCharacter, Error, "the file is not UTF-8 text, or has a character that a text has no use for"},
		{codeSyntax, Error, "the file is not YAML"},
		{codeTab, Error, "a line is indented with a tab"},
		{codeDocuments, Error, "the file holds more than one YAML document"},
		{codeAnchor, Error, "an anchor, an alias or a merge key"},
		{codeDepth, Error, fmt.Sprintf("the YAML is nested deeper than %d levels", MaxDepth)},
		{codeTag, Error, "a YAML tag"},

		{codeUnknownWord, Error, "a word that the language does not have"},
		{codeUnsupported, Error, "a word of the language that this version does not support yet"},
		{codeDuplicate, Error, "a key that its mapping already has"},
		{codeKind, Error, "a value of the wrong kind"},
		{codeMissing, Error, "something that must be there is not"},
		{codeStray, Error, "a comma broke an unquoted text"},
		{codeVersion, Error, "a language version that this version does not know"},

		{codeName, Error, "a name that is not lower_snake_case, or that YAML tools disagree about"},
		{codeTwice, Error, "a name that something else has already"},
		{codeCollision, Error, "two names that cannot be told apart once they are Go names"},
		{codeReserved, Error, "a name that the generated Go code needs itself"},
		{codeUndeclared, Error, "a name that is used and not declared"},
		{codeUnused, Warning, "a declaration that nothing uses"},
		{codeRepeated, Error, "a list that names something twice"},
		{codeRenamed, Error, "a `renamed_from` that says a name which is not an old one"},

		{codeType, Error, "a Go type that cannot be used"},
		{codeParamType, Error, "a param of a type that params cannot have"},
		{codeParam, Error, "a default, min or max that does not fit its param"},
		{codeDefault, Error, "a default that does not fit its data"},
		{codePackage, Error, "a Go package name or directory that cannot be used"},
		{codeImport, Error, "an import that is not of the standard library"},
		{codeRecursive, Error, "a type that contains itself"},

		{codePayload, Error, "a hook or a guard takes a payload field that does not come with what leads to it"},
		{codeNoPayload, Error, "a hook or a guard takes payload where none comes"},
		{codePayloadType, Error, "a hook or a guard gets a payload field of different types"},
		{codeReply, Error, "a reply to something that is not a call"},
		{codeReplyType, Error, "a reply that answers calls of different types"},
		{codeNoReply, Warning, "a call that an arm leaves without a reply"},
		{codeLater, Error, "a reply that comes later and an arm without an action that takes the caller"},
		{codeCaller, Error, "a hook that takes the caller where no reply comes later"},
		{codeRaise, Error, "a raise of something that cannot be raised"},
		{codeChoice, Error, "a choice whose outcomes are not those that are declared, or an arm that does more than choose"},

		{codeInitial, Error, "an initial state that is not a child"},
		{codeNoInitial, Error, "a state with children and no initial state, or the other way round"},
		{codeFinal, Error, "a final state that does something"},
		{codeDeadArm, Error, "an arm that is never taken"},
		{codeDeadPark, Error, "an event that a state decides twice"},
		{codeUnreachable, Warning, "a state that is never entered"},
		{codeAfter, Error, "a time that is neither a duration nor a param of type duration"},
		{codeReenter, Error, "a reenter without a target"},
		{codeHistory, Error, "a history where none can be, or with what none has"},
		{codeDone, Error, "an `onDone` of a state that is never done"},

		{codeCondition, Error, "a guard that is not an expression of the language"},
		{codeConditionType, Error, "a guard whose operands do not fit its operators"},
		{codeConstant, Error, "a guard that is always the same"},
		{codeTimer, Error, "a timer that says nothing about when it fires, or two things"},
		{codeTimerUse, Warning, "a timer that is started and never handled, or handled and never started"},
		{codeTimerTwice, Error, "an arm that does two things to one timer"},
		{codeStrict, Error, "an event that a state of a strict machine does not decide"},
		{codeProperty, Error, "a property that does not claim one thing about states"},
		{codeEventless, Error, "a circle of `always` that no guard ends"},
		{codeEnd, Warning, "an end that is not handled: of an invoke that fails, or of a state that is done"},
	}
}

func severityOf(code string) Severity {
	for _, r := range Rules() {
		if r.Code == code {
			return r.Severity
		}
	}
	return Error
}
