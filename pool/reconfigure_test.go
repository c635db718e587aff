package pool

import (
	"context"
	"errors"
	"syscall"
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

// TestReconfigure_SourceThatSaysTheSame was built anew, as a program does that reads its configuration again.
func TestReconfigure_SourceThatSaysTheSame(t *testing.T) {
	for _, tt := range []struct {
		name         string
		first, again Source
		ok           bool
	}{
		{"script", Python("a.py"), Python("a.py"), true},
		{"another script", Python("a.py"), Python("b.py"), false},
		{"script and module", Python("a.py"), Module("a"), false},
		{"options", &ProcessSource{Script: "a.py", Args: []string{"-x"}, Fork: true, AddEnv: []string{"A=1"}}, &ProcessSource{Script: "a.py", Args: []string{"-x"}, Fork: true, AddEnv: []string{"A=1"}}, true},
		{"another variable", &ProcessSource{Script: "a.py", AddEnv: []string{"A=1"}}, &ProcessSource{Script: "a.py", AddEnv: []string{"A=2"}}, false},
		{"no arguments, written in two ways", Command("a"), Command("a", []string{}...), true},
		{"an environment that is empty is not that of the service", &ProcessSource{Path: "a"}, &ProcessSource{Path: "a", Env: []string{}}, false},
		{"user", &ProcessSource{Path: "a", Credential: &syscall.Credential{Uid: 1}}, &ProcessSource{Path: "a", Credential: &syscall.Credential{Uid: 1}}, true},
		{"another user", &ProcessSource{Path: "a", Credential: &syscall.Credential{Uid: 1}}, &ProcessSource{Path: "a", Credential: &syscall.Credential{Uid: 2}}, false},
		{"protocol", &ProcessSource{Path: "a", Protocol: Packet4(Packet4Config{Limit: 7})}, &ProcessSource{Path: "a", Protocol: Packet4(Packet4Config{Limit: 7})}, true},
		{"protocol with another bound", &ProcessSource{Path: "a", Protocol: Packet4(Packet4Config{Limit: 7})}, &ProcessSource{Path: "a", Protocol: Packet4(Packet4Config{Limit: 8})}, false},
		{"another protocol", &ProcessSource{Path: "a", Protocol: JSONRPC(JSONRPCConfig{})}, &ProcessSource{Path: "a", Protocol: Packet4(Packet4Config{})}, false},
		{"no protocol", &ProcessSource{Path: "a", Protocol: JSONRPC(JSONRPCConfig{})}, Command("a"), false},
		{"a program and a function", Command("a"), Func(echo), false},
		{"functions", Func(echo), Func(echo), true},
		{"nil of a type", Python("a.py"), (*ProcessSource)(nil), false},
	} {
		if got := tt.first.same(tt.again); got != tt.ok {
			t.Errorf("%s: same = %v; want %v", tt.name, got, tt.ok)
		}
		if got := tt.first.same(tt.first) && tt.first.same(tt.first.owned()); !got {
			t.Errorf("%s: the source is not the same as itself", tt.name)
		}
	}
	rpc := JSONRPC(MCP("service", "1"))
	if !(&ProcessSource{Path: "a", Protocol: rpc}).same(&ProcessSource{Path: "a", Protocol: rpc}) {
		t.Error("a protocol with functions is not the same as itself")
	}
}

// TestReconfigure_SourceThatTheCallerChanges after the start is another one: the workers have not changed with it.
func TestReconfigure_SourceThatTheCallerChanges(t *testing.T) {
	source := &ProcessSource{Path: "/bin/cat", Args: []string{"-u"}, Protocol: Packet4(Packet4Config{})}
	p, err := begin(t.Context(), (&Config{Source: source}).withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	again := &ProcessSource{Path: "/bin/cat", Args: []string{"-u"}, Protocol: Packet4(Packet4Config{})}
	for range 2 {
		if err := p.Reconfigure(Config{Source: again}); err != nil {
			t.Errorf("Reconfigure = %v; want nil for a source that says the same", err)
		}
	}
	source.Args[0] = "-v"
	if err := p.Reconfigure(Config{Source: source}); err == nil {
		t.Error("Reconfigure = nil; want an error, since the source was changed after the start")
	}
}
