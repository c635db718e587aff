// Package comparison holds the pool of this module against a basic one: a channel of links to the same worker processes, as
// a program would write it for itself. It measures what the full pool costs while nothing fails, and what becomes of both
// when something does, and writes a page of it.
package comparison
