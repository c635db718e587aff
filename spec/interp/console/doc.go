// Package console is a conversation with a machine: a person types what happens, and reads what the machine does.
//
// Lines are those of the scripts of package interp, and a few words about the conversation itself. What was said so far can be
// undone and printed as a script.
package console
