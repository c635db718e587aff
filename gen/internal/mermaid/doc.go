// Package mermaid draws a machine as a Mermaid state diagram.
//
//	stateDiagram-v2
//	  accTitle: door
//	  [*] --> s_shut
//	  state "shut" as s_shut
//	  state "open" as s_open
//	  s_open : entry / ring
//	  s_open : knock / greet
//
//	  s_shut --> s_open : push [unlocked] / creak
//	  s_open --> s_shut : • pull<br/>• after 30s
//
// [chart] says what is in boxes and on arrows. Several lines of a label are marked with a bullet each, as Mermaid wraps
// long ones. Mermaid gives a state that has children nothing but a title, so what it does without being left stands in a
// note. It has no sign for histories: they are states whose title begins with (H) or (H*).
//
// Reading a diagram back, by splitting labels into lines, gives the states and transitions of the spec, no more and no
// fewer.
package mermaid
