// Package table shows what a machine does with each event in each state: a matrix of leaf states and everything that
// the machine can react to.
//
// A cell has a line for each transition, in the order in which they are tried: its guard in brackets, then where it leads.
// `stay` is a transition without a target, `postpone` and `ignore` are decisions, and an empty cell is one that the
// spec does not decide.
package table
