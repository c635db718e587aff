package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: I6.
func TestReconfigure_Size(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Name: "live"})
		defer closePool(t, p)
		if err := p.Reconfigure(Config{Size: Size{Min: 3, Max: 5}, MaxQueue: 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := p.Stats().Workers["ready"]; got != 3 {
			t.Errorf("%d workers; want 3", got)
		}
		if err := p.Reconfigure(Config{Size: Size{Min: 1}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if got := p.Stats().Workers["ready"]; got != 1 {
			t.Errorf("%d workers; want 1", got)
		}
	})
}

func TestReconfigure_FixedFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		err := p.Reconfigure(Config{Name: "other", Source: &fake{}, MaxPayload: 1, Size: Size{Min: 7}})
		for _, field := range []string{"Name", "Source", "MaxPayload"} {
			found := false
			for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
				c, ok := errors.AsType[*ConfigError](e)
				found = found || ok && c.Field == field
			}
			if !found {
				t.Errorf("Reconfigure = %v; want a problem of %s", err, field)
			}
		}
		if got := p.conf().Size.Min; got != 1 {
			t.Errorf("Size.Min is %d; want what it was", got)
		}
	})
}

// Rows: G1.
func TestRunUntil_Drains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.RunUntil(ctx); err != nil {
			t.Error(err)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Execute = %v; want ErrClosed", err)
		}
	})
}
