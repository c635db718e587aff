// Package check points the names of a machine at their declarations, and reports what does not hold together.
package check

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// check is a rule and the function that reports its breaches.
type check struct {
	code string
	find func(m *model.Machine, report func(finding.Finding))
}

// checks are the rules about what the words of a machine mean; the parser has the rules about the words themselves.
var checks = []check{
	{rule.Name, badNames},
	{rule.UnknownWord, badParts},
	{rule.Name, badTimeNames},
	{rule.Twice, takenNames},
	{rule.Twice, takenTimeNames},
	{rule.Collision, collisions},
	{rule.Reserved, reservedNames},
	{rule.Undeclared, undeclared},
	{rule.Repeated, repetitions},
	{rule.Type, badTypes},
	{rule.ParamType, badParamTypes},
	{rule.Param, badParams},
	{rule.Default, badDefaults},
	{rule.Package, badPackage},
	{rule.Import, badImports},
	{rule.Recursive, recursiveTypes},
	{rule.Payload, missingPayload},
	{rule.Payload, missingValues},
	{rule.NoPayload, payloadWithoutEvent},
	{rule.NoPayload, valuesWithoutEvent},
	{rule.PayloadType, payloadOfManyTypes},
	{rule.PayloadType, valuesOfManyTypes},
	{rule.Reply, repliesWithoutCall},
	{rule.ReplyType, repliesOfManyTypes},
	{rule.NoReply, callsWithoutReply},
	{rule.Later, callersNotTaken},
	{rule.Caller, strayCallers},
	{rule.Initial, foreignInitials},
	{rule.NoInitial, missingInitials},
	{rule.Final, finalsWithBehavior},
	{rule.DeadTransition, deadTransitions},
	{rule.DeadPostpone, deadPostpones},
	{rule.After, badAfters},
	{rule.Reenter, reenterNothing},
	{rule.Postpone, badPostpones},
	{rule.History, badHistories},
	{rule.Done, unreachableDones},
	{rule.ConditionType, badConditions},
	{rule.Constant, constantConditions},
	{rule.TimerTwice, timersTwice},
	{rule.Property, badProperties},
	{rule.Raise, badRaises},
	{rule.Choice, badChoices},
	{rule.Renamed, badRenames},
	{rule.Discard, badDiscards},
}

// lastChecks need every name to lead somewhere: a misspelt target would make its state unreachable, and that would be a
// second finding for one cause.
var lastChecks = []check{
	{rule.Unused, unused},
	{rule.Unreachable, unreachable},
	{rule.DeadTransition, deadWildcards},
	{rule.TimerUse, timersOutOfUse},
	{rule.Strict, undecidedCells},
	{rule.Eventless, endlessAlways},
	{rule.Eventless, endlessPostpones},
	{rule.End, unhandledEnds},
}

// Machine points the names of a machine at their declarations, in the machine's "resolved" fields, and reports what
// does not hold together, sorted by position. It trusts nothing about the machine and may be called again after a
// change.
func Machine(m *model.Machine) finding.Findings {
	resolve(m)
	r := &rule.Collector{Path: m.Path, Source: syntax.NewSource(m.Source)}
	run(r, m, checks)
	if !slices.ContainsFunc(r.Found, isAboutNames) {
		run(r, m, lastChecks)
	}
	r.Found.Sort()
	return r.Found
}

func run(r *rule.Collector, m *model.Machine, checks []check) {
	for _, c := range checks {
		c.find(m, func(f finding.Finding) { r.Add(c.code, f) })
	}
}

func isAboutNames(f finding.Finding) bool {
	return slices.Contains([]string{rule.Twice, rule.Reserved, rule.Undeclared, rule.Initial, rule.NoInitial}, f.Code)
}
