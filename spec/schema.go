package spec

import _ "embed"

//go:embed fsm.schema.json
var schema []byte

// Schema returns the JSON Schema of specs, which lets editors complete and explain their words.
func Schema() []byte { return schema }
