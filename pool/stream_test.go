package pool

import (
	"testing"
	"testing/synctest"
)

// Rows: I5.
func TestAnAnswerIsAStreamOfOnePiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		var got []string
		for piece, err := range p.Stream(t.Context(), "echo", []byte("hello")) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(piece))
		}
		if len(got) != 1 || got[0] != "hello" {
			t.Errorf("pieces %q; want one", got)
		}
		for piece, err := range p.Stream(t.Context(), "fail", nil) {
			if !is[*HandlerError](err) || piece != nil {
				t.Errorf("%q, %v; want the handler's error", piece, err)
			}
		}
		if s := p.Stats(); s.Requests != 2 || s.Failures != 1 || s.Busy != 0 {
			t.Errorf("Stats = %+v; want two requests, one failed, nobody busy", s)
		}
	})
}
