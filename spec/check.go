package spec

import "slices"

// check finds the breaches of one rule.
type check struct {
	code string
	find func(m *Machine, report func(Finding))
}

// checks are the rules about what the words of a machine mean; the parser has the rules about the words themselves.
var checks = []check{
	{codeName, badNames},
	{codeUnknownWord, badParts},
	{codeTwice, takenNames},
	{codeCollision, collisions},
	{codeReserved, reservedNames},
	{codeUndeclared, undeclared},
	{codeRepeated, repetitions},
	{codeType, badTypes},
	{codeParamType, badParamTypes},
	{codeParam, badParams},
	{codeDefault, badDefaults},
	{codePackage, badPackage},
	{codeImport, badImports},
	{codeRecursive, recursiveTypes},
	{codePayload, missingPayload},
	{codePayload, missingValues},
	{codeNoPayload, payloadWithoutEvent},
	{codeNoPayload, valuesWithoutEvent},
	{codePayloadType, payloadOfManyTypes},
	{codePayloadType, valuesOfManyTypes},
	{codeReply, repliesToNobody},
	{codeReplyType, repliesOfManyTypes},
	{codeNoReply, callsWithoutReply},
	{codeLater, callersNobodyTakes},
	{codeCaller, strayCallers},
	{codeInitial, strangeInitials},
	{codeNoInitial, missingInitials},
	{codeFinal, busyFinals},
	{codeDeadArm, deadArms},
	{codeDeadPark, deadParks},
	{codeAfter, badAfters},
	{codeReenter, reenterNothing},
	{codeHistory, badHistories},
	{codeDone, neverDone},
	{codeConditionType, badConditions},
	{codeConstant, constantConditions},
	{codeTimerTwice, timersTwice},
	{codeProperty, badProperties},
	{codeRaise, badRaises},
	{codeChoice, badChoices},
	{codeRenamed, badRenames},
}

// lastChecks need every name to lead somewhere: a misspelt target would make its state unreachable, and that would be a
// second finding for one cause.
var lastChecks = []check{
	{codeUnused, unused},
	{codeUnreachable, unreachable},
	{codeDeadArm, deadWildcards},
	{codeTimerUse, timersOutOfUse},
	{codeStrict, undecidedCells},
	{codeEventless, endlessAlways},
	{codeEnd, unhandledEnds},
}

// Check points the names of a machine at their declarations, in the machine's "resolved" fields, and reports what does
// not hold together, sorted by position. It trusts nothing about the machine and may be called again after a change.
func Check(m *Machine) Findings {
	resolve(m)
	r := &report{path: m.Path, source: newSource(m.Source)}
	r.run(m, checks)
	if !slices.ContainsFunc(r.found, isAboutNames) {
		r.run(m, lastChecks)
	}
	r.found.Sort()
	return r.found
}

func (r *report) run(m *Machine, checks []check) {
	for _, c := range checks {
		c.find(m, func(f Finding) { r.add(c.code, f) })
	}
}

func isAboutNames(f Finding) bool {
	return slices.Contains([]string{codeTwice, codeReserved, codeUndeclared, codeInitial, codeNoInitial}, f.Code)
}
