package fsm1_test

import (
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestPong_ReasonIsOneBoundedLine(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) {
		p.says(frame.TypePong, p.reads(frame.TypePing).ID, `{"ok":false,"reason":"`+strings.Repeat(`\u001b\n`, 5000)+`"}`)
	}))
	pong, err := control.Ping(t.Context())
	if err != nil || !wiretest.IsLine(pong.Reason) || len(pong.Reason) > printable.MaxMessage || len(pong.Reason) < printable.MaxMessage/2 {
		t.Errorf("Ping = a reason of %d bytes, %v: %.60q", len(pong.Reason), err, pong.Reason)
	}
}

// A worker that answers with an error made to do harm.
func TestRemoteError_TextsAreBoundedWhereTheyArrive(t *testing.T) {
	bomb := strings.Repeat(`\u001b[31mFAKE\n`, 50_000)
	l := fsm1.NewData(play(t, func(p peer) {
		p.says(frame.TypeError, p.reads(frame.TypeRequest).ID,
			`{"kind":"handler_error`+bomb+`","message":"`+bomb+`","type":"`+bomb+`","traceback":"`+bomb+`last"}`)
	}), 0)
	_, err := l.Exchange(t.Context(), wiretest.Predict)
	e := wiretest.WantError[*wire.RemoteError](t, err)
	if len(e.Message) > printable.MaxMessage || len(e.Message) < printable.MaxMessage/2 || !wiretest.IsLine(e.Message) {
		t.Errorf("the message has %d bytes: %.100q", len(e.Message), e.Message)
	}
	if len(e.Type) > printable.MaxName || !wiretest.IsLine(e.Type) || len(e.Kind) > printable.MaxName {
		t.Errorf("the type has %d bytes, the kind %d", len(e.Type), len(e.Kind))
	}
	if len(e.Traceback) > printable.MaxTraceback || strings.Contains(e.Traceback, "\x1b") {
		t.Errorf("the traceback has %d bytes", len(e.Traceback))
	}
	if !strings.HasSuffix(e.Traceback, "FAKE\nlast") || len(e.Traceback) < printable.MaxTraceback/2 {
		t.Errorf("the traceback ends with %q", e.Traceback[max(0, len(e.Traceback)-20):])
	}
}
