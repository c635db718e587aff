// Package dot draws a machine in the language of Graphviz. `dot -Tsvg` understands it.
//
// A state is a rounded box with its name above what it does without being left, a compound state a cluster with a dot
// where it starts. [chart] says what is on the arrows.
package dot
