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

	codeInitial     = "FSM050"
	codeNoInitial   = "FSM051"
	codeFinal       = "FSM052"
	codeDeadArm     = "FSM053"
	codeDeadPark    = "FSM054"
	codeUnreachable = "FSM055"
	codeAfter       = "FSM056"
	codeReenter     = "FSM057"
)

// Rule is one thing that a spec can get wrong.
type Rule struct {
	Code     string
	Severity Severity
	Summary  string // one line, without the particulars of a spec
}

// Rules lists every rule in the order of the codes: FSM00x is about the file, FSM01x about words and shapes, FSM02x
// about names, FSM03x about types and values, FSM04x about hooks and replies, FSM05x about states.
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

		{codeType, Error, "a Go type that cannot be used"},
		{codeParamType, Error, "a param of a type that params cannot have"},
		{codeParam, Error, "a default, min or max that does not fit its param"},
		{codeDefault, Error, "a default that does not fit its data"},
		{codePackage, Error, "a Go package name or directory that cannot be used"},
		{codeImport, Error, "an import that is not of the standard library"},
		{codeRecursive, Error, "a type that contains itself"},

		{codePayload, Error, "a hook takes a payload field that the event does not have"},
		{codeNoPayload, Error, "a hook takes payload where there is no event"},
		{codePayloadType, Error, "a hook gets a payload field of different types from different events"},
		{codeReply, Error, "a reply to something that is not a call"},
		{codeReplyType, Error, "a reply that answers calls of different types"},
		{codeNoReply, Warning, "a call that an arm leaves without a reply"},

		{codeInitial, Error, "an initial state that is not a child"},
		{codeNoInitial, Error, "a state with children and no initial state, or the other way round"},
		{codeFinal, Error, "a final state that does something"},
		{codeDeadArm, Error, "an arm behind one that is always taken"},
		{codeDeadPark, Error, "an event that a state decides twice"},
		{codeUnreachable, Warning, "a state that is never entered"},
		{codeAfter, Error, "an `after` that is neither a duration nor a param of type duration"},
		{codeReenter, Error, "a reenter without a target"},
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
