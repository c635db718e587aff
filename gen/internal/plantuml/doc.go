// Package plantuml draws a machine as a PlantUML state diagram.
//
// [chart] says what is in the boxes and on the arrows. Every name stands behind an alias, so that no word of PlantUML's
// language is in the way.
package plantuml
