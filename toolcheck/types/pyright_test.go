// Package types holds the Python SDK against the type checker of editors. It is all tests, which are skipped without Node.js.
package types

import (
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// The type checker of editors.
const (
	pyright          = "pyright@1.1.414"
	pyrightIntegrity = "sha512-FPZZb51jepDX4eP7TEYDeNFtmE3WgwkkEcJpvH3/QmUSsj0EAy3LXu+xB4T/FWDejtsXlCfFr/rbWFjwuwuXww=="
)

// The types of the Python SDK, as strictly as its pyproject.toml asks for.
func TestPyright_SDKHasNoErrors(t *testing.T) {
	dir := npm.Unpack(t, ".", pyright, pyrightIntegrity)
	sdk, err := filepath.Abs("../../pool/python")
	if err != nil {
		t.Fatal(err)
	}
	npm.Run(t, ".", nil, "node", filepath.Join(dir, "index.js"), "--project", sdk)
}
