// Package fsmgen is the root of a module for state machines. The command cmd/fsmgen checks specs and generates Go and Mermaid
// from them, the package runtime runs what was generated, and the package pool keeps worker processes alive.
package fsmgen

//go:generate go tool fsmgen generate --only md -o docs/machines spec
