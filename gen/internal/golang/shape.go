package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/fsmgen/fsmgen/spec"
)

// shape is a hash of what a snapshot depends on: the states and their histories, the data, the timers, and the events
// that can wait. Two versions of a spec with the same shape understand each other's snapshots.
func (p *plan) shape() string {
	h := sha256.New()
	fmt.Fprintln(h, "machine", p.spec.Name.Value)
	for _, s := range p.states {
		fmt.Fprintln(h, "state", s.Path(), s.Kind, s.last != "")
	}
	for _, f := range p.spec.Data {
		fmt.Fprintln(h, "data", f.Name, f.Type.Value)
	}
	for _, t := range p.triggers {
		if t.timer != "" {
			fmt.Fprintln(h, "timer", t.key())
		}
	}
	for _, t := range p.postponable() {
		writeEvent(h, t)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func writeEvent(w io.Writer, t *trigger) {
	fmt.Fprintln(w, "event", t.label)
	for _, f := range t.payload() {
		fmt.Fprintln(w, "field", f.Name, f.Type.Value)
	}
}

// postponable are the events that some state postpones.
func (p *plan) postponable() []*trigger {
	var waiting []*trigger
	for _, t := range p.triggers {
		if t.Kind == spec.OnEvent && t.postpones() {
			waiting = append(waiting, t)
		}
	}
	return waiting
}
