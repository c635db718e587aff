// Package scale measures how checking a spec and generating code from it grow with the spec.
package scale
