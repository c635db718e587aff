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
// Every word, with its meaning and an example, is in docs/language.md. The schema fsm.schema.json, which is beside this
// file, has them for editors.
//
// # From a file to a machine
//
// [Load] parses and checks. What comes out is a [Machine]: a tree whose nodes know their places, and whose names point at
// their declarations. Nothing else knows what the words mean together: [Machine.Triggers] is what a machine can react to,
// [Machine.Decide] the arms that it tries, [Plan] and [Resume] the states that an arm leaves and enters, and
// [Machine.Start] the states that it begins in. Whoever generates, draws, interprets or explores a machine asks them.
//
// # Findings
//
// [Load] reports everything that it finds, each with a stable code, a position and what to write instead. [Rules]
// lists the codes and [Explain] has a page about each. Where it is certain what was meant a finding has a fix, which [Fix]
// makes. [Printer] prints findings for people, compilers' readers, GitHub and code scanning.
//
// The package opens no files and keeps no state.
package spec
