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
// # Words
//
// Of a machine: `fsm` is the version of the language and `machine` the name. `go` says with `package` and `out` as what
// and where the Go code is written, or else a door becomes doorfsm beside its spec, and with `imports` which packages
// of the standard library the types below come from. Then come the declarations, each a mapping of names, in any order
// and each optional:
//
//   - `types`: structs for payloads, data and replies, as fields and their Go types.
//   - `params`: knobs that are set once per machine. `type` is int, int64, uint64, float64, bool, string or duration;
//     `default`, `min` and `max` are values of it.
//   - `data`: what the machine remembers, with `type` and `default`. Actions write it, guards and replies read it.
//   - `events`: what can happen. `payload` is what comes with it, `call` makes its sender wait for a reply of that type,
//     and `record` lists the payload fields that a history keeps.
//   - `guards`, `actions`, `replies`: the hooks, which are written in Go. `payload` lists the fields that a hook takes,
//     which every event that leads to it must have. Hooks of one `group` are one interface.
//
// `states` are the states, and `initial` is the one that the machine begins in. A state has any of:
//
//   - `on`: events to arms, of which the first whose guard holds is taken.
//   - `after`: durations, or params, to arms. The time begins when the state is entered, and ends when it is left.
//   - `postpone`, `ignore`: events that wait until the state changes, and events that are dropped on purpose.
//   - `entry`, `exit`: actions that run whenever the state is entered or left.
//   - `states`, `initial`: its children, and the one that is entered with it.
//   - `type`: only `final`, which ends the machine.
//
// An arm is the name of a state to go to, or has any of `guard`, `target`, `actions`, `reply` and `reenter`. Where there
// are several arms they are a list. Nearly everything may have a `doc`, which becomes a comment of the generated code.
// Names are lower_snake_case, those of types are Go names.
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
// [Machine.Cell] is this rule.
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
