// Package analyze answers questions about a machine that its spec alone does not: what it can come to, whatever its guards
// and its surroundings do.
//
// [Machine] explores the machine through the interpreter, and so through the engine that runs in production: from each
// configuration it has found it lets everything happen that can, with every answer that guards can give. What it claims
// to be impossible is impossible. What it claims to be possible comes with a witness, a script that `fsmgen simulate` replays.
//
// [Diff] compares two versions of a machine.
package analyze
