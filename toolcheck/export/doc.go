// Package export holds generated files against the tools that they are for: Graphviz, PlantUML and XState. It is all
// tests, which are skipped where a tool is not there.
//
// `npm ci` brings the tools the first time and whenever package-lock.json has changed; PlantUML needs Java beside.
// `npm run lock` renews package-lock.json after a change of versions in package.json.
package export
