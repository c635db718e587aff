// Package docs writes the page of a machine: what it is for, its diagram, and tables of its states, transitions,
// events, parameters, data and hooks. The page is GitHub's Markdown, which draws the diagram.
package docs
