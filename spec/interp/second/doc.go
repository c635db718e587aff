// Package second runs a spec on github.com/qmuntal/stateless: a second opinion by an engine that others have written.
//
// That engine has nested states, guards, actions and internal transitions. What it does not have is a
// [NotSupportedError]: timers, postponed and raised events, eventless transitions, history, invokes, choices, later replies,
// and arms that leave or enter other states than the innermost one that holds source and target would make them.
package second
