package wire

import "errors"

const CanDrop Capability = "drop"

var EndOfStream = errors.New("wire: end of the stream")

func (f *FSM1) Drop([]Session) error    { return nil }
func (f *Packet4) Drop([]Session) error { return nil }
func (f *JSONRPC) Drop([]Session) error { return nil }
