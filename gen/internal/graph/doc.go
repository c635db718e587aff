// Package graph is a machine as JSON for tools: its states, its transitions and everything that is declared, each with
// where it stands in the spec.
//
// States are in the order of the spec, parents before their children. A transition has the name that diagrams give it.
// What a spec leaves out is left out here.
package graph
