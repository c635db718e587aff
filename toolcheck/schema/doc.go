// Package schema holds the schema of specs against yaml-language-server, which is what editors ask about YAML. It is
// all tests: they open specs over LSP, as an editor does, and look at what it underlines, completes and explains.
//
// `npm ci` brings the language server the first time and whenever package-lock.json has changed. Without Node the tests
// are skipped. `npm run lock` renews package-lock.json after a change of versions in package.json.
package schema
