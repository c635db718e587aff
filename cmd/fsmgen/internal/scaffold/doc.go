// Package scaffold is what a new machine begins with: a spec to be edited, which explains itself, and the go:generate line
// that turns it into code.
package scaffold
