// Package golden holds the outputs of a generator against files that a person has looked at.
//
// It is for tests: every output draws the same machines, so that what one of them shows can be looked for in another.
package golden
