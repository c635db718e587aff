package doorfsm

import (
	"fmt"
	"strconv"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// house has all hooks of one door and writes down which of them ran. Only the machine that has it may touch it.
type house struct {
	code   string
	ran    []string
	inKey  func(x *Ctx) // what Collect does besides
	inBolt func(x *Ctx) // what Unlock does besides
}

func (h *house) hooks() Hooks { return Hooks{Door: h, Keypad: h, Bolt: h, Bell: h} }

func (h *house) note(format string, args ...any) { h.ran = append(h.ran, fmt.Sprintf(format, args...)) }

func (h *house) Complete(x *View, digit int) bool {
	return x.Data().Digits+strconv.Itoa(digit) == h.code
}

func (h *house) Collect(x *Ctx, digit int) {
	h.note("collect %d", digit)
	x.Data().Digits += strconv.Itoa(digit)
	if h.inKey != nil {
		h.inKey(x)
	}
}

func (h *house) Forget(x *Ctx) {
	h.note("forget in %v", x.State())
	x.Data().Digits = ""
}

func (h *house) Unlock(x *Ctx) {
	h.note("unlock in %v", x.State())
	x.Data().Opened++
	if h.inBolt != nil {
		h.inBolt(x)
	}
}

func (h *house) Bar(x *Ctx) { h.note("bar in %v", x.State()) }

func (h *house) Ring(*Ctx) { h.note("ring") }

func (h *house) Receipt(x *View) Receipt { return Receipt{Opened: x.Data().Opened} }

func (h *house) Terminated(x *Ctx, reason error) { h.note("terminated in %v: %v", x.State(), reason) }

// newDoor returns a locked door without goroutines.
func newDoor(t *testing.T, h *house) *Machine {
	t.Helper()
	m, err := New(h.hooks(), Params{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// startDoor returns a live locked door.
func startDoor(t *testing.T, h *house, c fsm.Config) *Server {
	t.Helper()
	s, err := Start(h.hooks(), Params{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
