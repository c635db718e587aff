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
//	  push: {doc: Somebody pushes., payload: {by: string}}
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
// # States
//
// A state with `states` is compound: it says with `initial` which child is entered with it. A machine is always in a
// leaf, a state without children. Names of states are unique in the machine, so a target is a name alone.
//
// # Events
//
// What happens to an event is decided from the leaf up. Each level tries the arms of its `on` in order, then its
// `postpone`, then its `ignore`; the first that applies ends the search. An arm without a guard always applies.
// [Machine.Cell] is this rule. `after` starts a timer when its state is entered and cancels it when the state is left.
//
// # Arms
//
// An arm without a target leaves no state. A target that is the source of the arm or inside it leaves what is inside
// the source, and the source only if the arm says `reenter: true`. Any other target leaves everything up to the state
// that has both inside. States are left inner to outer and entered outer to inner, and the actions of the arm run in
// between. [Plan] is this rule.
//
// # Findings
//
// [Load] reports everything that it finds, each with a stable code, a position and what to write instead. [Rules]
// lists the codes. A spec has no anchors, aliases, tags or tabs, at most [MaxSize] bytes and [MaxDepth] levels.
//
// The package opens no files and keeps no state.
package spec
