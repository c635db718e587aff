package wire

import "encoding/json"

// ContentJSON is the content type of a payload whose metadata names none.
const ContentJSON = "application/json"

// ContentBytes is the content type of bytes that nobody interprets on the way.
const ContentBytes = "application/octet-stream"

// Metadata says about a payload what the payload does not say itself. The zero value
// costs no byte on the wire; fields that a peer does not know are ignored.
type Metadata struct {
	ContentType string `json:"content_type,omitempty"` // empty means ContentJSON
	Traceparent string `json:"traceparent,omitempty"`  // W3C trace context
	DeadlineMS  int64  `json:"deadline_ms,omitempty"`  // milliseconds that are left for the request; 0 means no deadline
}

func (m Metadata) encode() ([]byte, error) {
	if m == (Metadata{}) {
		return nil, nil
	}
	return json.Marshal(m)
}

func decodeMetadata(text []byte) (Metadata, error) {
	var m Metadata
	if len(text) == 0 {
		return m, nil
	}
	return m, decodeJSON("metadata", text, &m)
}

// decodeJSON reads a body that the protocol itself defines.
func decodeJSON(field string, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return (&ProtocolError{Field: field, Seen: err.Error(), Allowed: "the JSON object of docs/wire.md"}).at(text)
	}
	return nil
}
