// Package solve decides whether conditions of a spec can hold together.
//
// It knows numbers and durations with + and -, and * by a literal, compared with each other; strings and bools compared for
// equality; params with their bounds; and names of guards, which may say anything but stay what they are. Everything else it
// takes for a claim of its own that may be true or not. So "no" is certain, and "yes" is where nothing is left unknown.
package solve
