// Package fsmgen is the root of the module and holds what is true of all of it: the test of which package may import
// which. The command is in cmd/fsmgen.
package fsmgen

//go:generate go tool fsmgen generate --only md -o docs/machines spec
