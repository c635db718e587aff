// Package highlight marks states in diagrams that other packages have drawn, as one does to tell where something is or what
// a text is about.
//
// Every kind of diagram gives its states names that a line or a class can refer to, so marking needs no second drawing.
package highlight
