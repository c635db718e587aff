// Package golden compares the outputs of a generator with committed files.
//
// It is for tests: every output draws the same machines, so that what one of them shows can be looked for in another.
package golden
