// Package svg draws a machine as a picture that pages can bring to life.
//
// Every state is a group with the id state-NAME, every transition one with the id t-ID, where [chart.Transition] says
// what its ID is. The picture has no scripts. A page that sets the class `current` on a state, or `taken` on a
// transition, has it shown so. Colours follow the reader's choice of a light or a dark page.
package svg
