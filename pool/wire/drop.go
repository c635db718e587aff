package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// dropTimeout bounds the time for which a worker may keep a DROP from being written.
const dropTimeout = time.Second

// Drop tells the worker to forget the state of sessions, each if the generation that it keeps is at most the one that is named.
// It is not answered. A session whose name is not UTF-8 or does not fit into a frame is left out, since the worker cannot have
// it under that name.
func (c *Control) Drop(sessions []Session) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), dropTimeout, errDropTimeout)
	defer cancel()
	for _, payload := range dropPayloads(sessions, controlLimit-fixedSize) {
		if err := c.writer.write(ctx, 0, Frame{Type: TypeDrop, Payload: payload}); err != nil {
			return fmt.Errorf("wire: drop: %w", err)
		}
	}
	return nil
}

var errDropTimeout = fmt.Errorf("the worker has not read its control connection for %v", dropTimeout)

// dropPayloads are JSON arrays of [name, generation], each of at most limit bytes.
func dropPayloads(sessions []Session, limit int) (payloads [][]byte) {
	var payload []byte
	for _, s := range sessions {
		pair, ok := dropPair(s)
		if !ok || len(pair)+len("[]") > limit {
			continue
		}
		if len(payload)+len(pair)+len(",]") > limit {
			payloads = append(payloads, append(payload, ']'))
			payload = nil
		}
		separator := byte(',')
		if payload == nil {
			separator = '['
		}
		payload = append(append(payload, separator), pair...)
	}
	if payload != nil {
		payloads = append(payloads, append(payload, ']'))
	}
	return payloads
}

// dropPair is the JSON of one session. It escapes no more than JSON has to, so that as many names as possible fit.
func dropPair(s Session) ([]byte, bool) {
	if !utf8.ValidString(s.ID) {
		return nil, false
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode([]any{s.ID, s.Generation})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err == nil
}
