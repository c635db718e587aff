// Package watch notices when files change.
//
// It looks at them again and again: that works on every file system and in every container, which notices of the kernel do
// not, and costs nothing that a person with an editor would feel.
package watch
