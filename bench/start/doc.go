// Package start measures how long Python workers with heavy imports take until all of them are ready, started one by one or
// forked by a server that has imported already, and how soon the caller of a killed worker knows.
//
// The limit is the same imports in processes that are started with os/exec alone and say one byte over a socket pair.
package start
