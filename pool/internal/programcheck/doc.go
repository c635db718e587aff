// Package programcheck holds the links against programs that run as they are: a server of the Model Context
// Protocol as npm has it, and a bridge in Python that was written for an Erlang port.
//
// `npm ci` installs the server into node_modules the first time and whenever package-lock.json has changed. What needs a tool that is
// not there is skipped.
package programcheck
