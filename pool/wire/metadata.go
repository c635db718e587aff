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

// header is all metadata: what the caller says, and what the protocol has to say itself.
type header struct {
	Metadata
	Stream     bool   `json:"stream,omitempty"`     // the answer may be a stream
	Chunks     bool   `json:"chunks,omitempty"`     // a stream follows
	Checkpoint bool   `json:"checkpoint,omitempty"` // the answer brings the state of the session along
	Session    string `json:"session,omitempty"`
	Generation uint64 `json:"generation,omitempty"`
	Version    string `json:"code_version,omitempty"` // of the worker's code that wrote the state
	ExportedBy string `json:"exported_by,omitempty"`  // the export hook that wrote the state
	Drop       bool   `json:"drop,omitempty"`
	Slot       *int   `json:"slot,omitempty"` // of shared memory
}

func (h header) encode() ([]byte, error) {
	if h == (header{}) {
		return nil, nil
	}
	return json.Marshal(h)
}

func decodeMetadata(text []byte) (Metadata, error) {
	if len(text) == 0 {
		return Metadata{}, nil
	}
	var m Metadata // escapes, so not before
	err := decodeJSON("metadata", text, &m)
	return m, err
}

// decodeState reads the metadata of a SNAPSHOT: content type and export hook.
func decodeState(text []byte) (contentType, exportedBy string, err error) {
	if len(text) == 0 {
		return "", "", nil
	}
	var m struct {
		ContentType string `json:"content_type"`
		ExportedBy  string `json:"exported_by"`
	}
	err = decodeJSON("metadata", text, &m)
	return m.ContentType, line(m.ExportedBy, maxName), err
}

// decodeJSON reads a body that the protocol itself defines.
func decodeJSON(field string, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return (&ProtocolError{Field: field, Seen: err.Error(), Allowed: "the JSON object of docs/wire.md"}).at(text)
	}
	return nil
}
