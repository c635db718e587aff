// Package mermaid holds generated diagrams against the real Mermaid parser. It is all tests: each diagram is read
// back by Mermaid under Node, and what Mermaid understood is compared with the machine.
//
// `npm ci` installs Mermaid into node_modules the first time and whenever package-lock.json has changed. Without Node
// the tests are skipped. `npm run lock` renews package-lock.json after a change of versions in package.json.
package mermaid
