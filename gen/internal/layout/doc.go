// Package layout places the boxes and arrows of a state diagram on a page.
//
// Boxes stand in ranks, from the top down as far as arrows allow, and the ranks inside a box are its own. What an
// arrow crosses on its way has a place for it: a passage in every rank, a gate in the border of every box, room for
// its label. So no arrow runs through a box or a label.
//
// All lengths are whole pixels, so that the same diagram is the same on every machine.
package layout
