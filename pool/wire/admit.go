package wire

import (
	"encoding/binary"
	"fmt"
)

// admit checks that f may come now, and enters it into the call.
func (c *call) admit(f Frame) error {
	if err := c.allows(f); err != nil {
		return err
	}
	switch f.Type {
	case TypeChunk:
		c.begun = true
		c.credit.Add(-int64(cost(f)))
	case TypeCredit:
		return c.input.grant(creditOf(f))
	case TypeSnapshot:
		c.brought = true
	}
	c.ended = c.isLast(f)
	return nil
}

// allows returns nil for a frame that the worker may send at this moment.
func (c *call) allows(f Frame) error {
	request := c.kind == TypeRequest
	allowed := false
	switch f.Type {
	case TypeError:
		allowed = true
	case TypeResponse:
		allowed = request && !c.begun
	case TypeCancelled:
		allowed = c.cancelled.Load()
	case TypeCredit:
		allowed = c.input != nil
	case TypeSnapshot:
		allowed = c.kind == TypeExport || (c.checkpoint && !c.brought)
	case TypeImported:
		allowed = c.kind == TypeImport
	case TypeChunk:
		if c.stream && c.credit.Load() <= 0 {
			return &ProtocolError{Field: "frame", Seen: "CHUNK without credit", Allowed: "CHUNK while the credit is above 0"}
		}
		allowed = c.stream
	}
	if !allowed {
		return unexpected(f, fmt.Sprintf("what answers the %v in flight", c.kind))
	}
	return nil
}

// chunkCost is what a chunk takes from the credit beside its payload.
const chunkCost = lengthSize + fixedSize

func cost(chunk Frame) int { return chunkCost + len(chunk.Payload) }

// creditOf is how many bytes a CREDIT gives back.
func creditOf(f Frame) int { return int(binary.BigEndian.Uint32(f.Payload)) }
