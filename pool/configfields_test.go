package pool

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// distinct returns a configuration whose numbers and durations all differ from one another and from the defaults.
func distinct() Config {
	var c Config
	for i, f := range configFields() {
		switch v := reflect.ValueOf(&c).Elem().FieldByIndex(f.Index); v.Interface().(type) {
		case int, int64:
			v.SetInt(int64(2000 + i))
		case time.Duration:
			v.SetInt(int64(time.Duration(2000+i) * time.Second))
		}
	}
	return c
}

// configFields returns the fields of a configuration and those of its parts, which are named as in Size.Min.
func configFields() (fields []reflect.StructField) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if f.Type.Kind() != reflect.Struct {
			fields = append(fields, f)
			continue
		}
		for _, part := range reflect.VisibleFields(f.Type) {
			part.Name, part.Index = f.Name+"."+part.Name, append(slices.Clone(f.Index), part.Index...)
			fields = append(fields, part)
		}
	}
	return fields
}

// coreNames are the fields of the core's configuration that have other names than their field here without its part.
var coreNames = map[string]string{
	"Health.DisableHealthMonitoring": "DisableHealthMonitoring", "Health.HealthCheckInterval": "HealthCheckInterval", "Health.DegradedProbeDelay": "DegradedProbeDelay",
	"Health.MaxHealthFailures": "MaxHealthFailures", "Health.HealthCheckTimeout": "",
	"Sessions.SessionTimeout": "SessionTimeout", "Sessions.SessionCleanup": "SessionCleanup", "Sessions.MaxSessions": "MaxSessions",
	"Breaker.BreakerThreshold": "BreakerThreshold", "Breaker.BreakerCoolDown": "BreakerCoolDown",
	"Recycle.MaxWorkerAge": "MaxWorkerAge", "Recycle.MaxWorkerRequests": "MaxWorkerRequests", "Recycle.ErrorThreshold": "ErrorThreshold",
	"Recycle.MaxWorkerIdle": "MaxWorkerIdle", "Recycle.MaxWorkerRSS": "MaxWorkerRSS", "Recycle.HardWorkerRSS": "HardWorkerRSS",
	"Recycle.HardWorkerRequests": "HardWorkerRequests", "Shutdown.ShutdownTimeout": "ShutdownTimeout", "Shutdown.ShutdownGrace": "ShutdownGrace",
}

func coreName(field string) string {
	if name, ok := coreNames[field]; ok {
		return name
	}
	return field[strings.LastIndexByte(field, '.')+1:]
}

// TestConfig_ReachesTheCore compares each field with that of the core.
func TestConfig_ReachesTheCore(t *testing.T) {
	c := distinct()
	c.Health.DisableHealthMonitoring = true
	given := reflect.ValueOf(c)
	c = c.withDefaults()
	got := reflect.ValueOf(c.core(time.Now()))
	same := 0
	for _, field := range configFields() {
		of := got.FieldByName(coreName(field.Name))
		if !of.IsValid() || !slices.Contains([]reflect.Kind{reflect.Int, reflect.Int64, reflect.Bool}, of.Kind()) || field.Name == "Steps" {
			continue
		}
		if same++; !reflect.DeepEqual(of.Interface(), given.FieldByIndex(field.Index).Interface()) {
			t.Errorf("%s is %v in the core; want %v", field.Name, of, given.FieldByIndex(field.Index))
		}
	}
	if same < 32 {
		t.Errorf("%d fields; want those that the core decides by", same)
	}
}

// TestConfig_CoreIsToldWhatIsObserved has the core collect only what is looked at.
func TestConfig_CoreIsToldWhatIsObserved(t *testing.T) {
	for _, tt := range []struct {
		name          string
		config        Config
		events, steps bool
	}{
		{"nothing", Config{}, false, false},
		{"events", Config{Observer: &log{}}, true, false},
		{"steps", Config{Steps: stepsFunc(nil)}, false, true},
	} {
		if got := tt.config.withDefaults(); got.core(time.Now()).Events != tt.events || got.core(time.Now()).Steps != tt.steps {
			t.Errorf("%s: the core collects %+v", tt.name, got.core(time.Now()))
		}
	}
}

// TestConfig_Bounds sets every field to the values around its bounds.
func TestConfig_Bounds(t *testing.T) {
	negative := []string{
		"MaxQueue", "Sessions.MaxSessions", "Sessions.MaxSnapshot", "Sessions.MaxSnapshots", "Recycle.MaxWorkerRequests", "Recycle.ErrorThreshold",
		"Sessions.SessionTimeout", "Health.HealthCheckInterval", "Recycle.MaxWorkerAge", "Recycle.MaxWorkerIdle",
	}
	anything := []string{"Recycle.MaxWorkerRSS", "Recycle.HardWorkerRSS", "Recycle.HardWorkerRequests", "History", "MaxPayload"}
	for _, field := range configFields() {
		duration := field.Type == reflect.TypeFor[time.Duration]()
		if !duration && field.Type.Kind() != reflect.Int || slices.Contains(anything, field.Name) {
			continue
		}
		tests := []struct {
			value int64
			ok    bool
		}{{-1, slices.Contains(negative, field.Name)}, {1, !duration}, {int64(time.Second), true}}
		if duration {
			tests = append(tests, []struct {
				value int64
				ok    bool
			}{{int64(shortest), true}, {int64(shortest) - 1, false}, {int64(longest), true}, {int64(longest) + 1, false}}...)
		}
		for _, tt := range tests {
			c := Config{Source: &fake{}}
			reflect.ValueOf(&c).Elem().FieldByIndex(field.Index).SetInt(tt.value)
			c = c.withDefaults()
			err := c.check()
			if wrong, found := errors.AsType[*ConfigError](err); (err == nil) != tt.ok || found && wrong.Field != field.Name {
				t.Errorf("%s = %d: %v; want it accepted: %v", field.Name, tt.value, err, tt.ok)
			}
		}
	}
}

func TestConfig_FieldsThatDependOnOthers(t *testing.T) {
	table := recovery.Default()
	table[0].Worker = "nonsense"
	for _, tt := range []struct {
		field  string // empty for none that is wrong
		change func(*Config)
	}{
		{"", func(c *Config) { c.Size = Size{Min: 2, Max: 2} }},
		{"Size.Max", func(c *Config) { c.Size = Size{Min: 2, Max: 1} }},
		{"Size.Min", func(c *Config) { c.Size = Size{Min: -1, Max: 1} }},
		{"", func(c *Config) { c.MaxPayload = maxPayload }},
		{"MaxPayload", func(c *Config) { c.MaxPayload = maxPayload + 1 }},
		{"", func(c *Config) { c.Recycle.MaxWorkerRSS, c.Recycle.HardWorkerRSS = 2, 2 }},
		{"Recycle.HardWorkerRSS", func(c *Config) { c.Recycle.MaxWorkerRSS, c.Recycle.HardWorkerRSS = 2, 1 }},
		{"", func(c *Config) { c.Recycle.MaxWorkerRSS, c.Recycle.HardWorkerRSS = 2, -1 }},
		{"", func(c *Config) { c.Sessions.Affinity = AffinityFailFast }},
		{"Sessions.Affinity", func(c *Config) { c.Sessions.Affinity = AffinityFailFast + 1 }},
		{"Recovery", func(c *Config) { c.Recovery = table }},
		{"Source", func(c *Config) { c.Source = nil }},
		{"Source", func(c *Config) { c.Source = Func(nil) }},
	} {
		c := Config{Source: &fake{}}
		tt.change(&c)
		c = c.withDefaults()
		err := c.check()
		if wrong, found := errors.AsType[*ConfigError](err); found != (tt.field != "") || found && wrong.Field != tt.field {
			t.Errorf("%v; want a problem of %q", err, tt.field)
		}
	}
}

// TestReconfigure_EachFieldThatCannotChange leaves everything as it was.
func TestReconfigure_EachFieldThatCannotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for field, change := range map[string]func(*Config){
			"Name":                    func(c *Config) { c.Name = "other" },
			"Source":                  func(c *Config) { c.Source = &fake{} },
			"MaxPayload":              func(c *Config) { c.MaxPayload = 7 },
			"CancelGrace":             func(c *Config) { c.CancelGrace = time.Minute },
			"OutputLines":             func(c *Config) { c.OutputLines = 7 },
			"Sessions.SessionTimeout": func(c *Config) { c.Sessions.SessionTimeout = time.Second },
			"Sessions.MaxSnapshot":    func(c *Config) { c.Sessions.MaxSnapshot = 7 },
			"Sessions.MaxSnapshots":   func(c *Config) { c.Sessions.MaxSnapshots = 7 },
			"Slots":                   func(c *Config) { c.Slots = -1 },
		} {
			c := Config{RequestTimeout: 7 * time.Second}
			change(&c)
			err := p.Reconfigure(c)
			if wrong, ok := errors.AsType[*ConfigError](err); !ok || wrong.Field != field {
				t.Errorf("Reconfigure = %v; want a problem of %s", err, field)
			}
			if got := p.conf().RequestTimeout; got != time.Minute {
				t.Errorf("RequestTimeout is %v after %v; want it unchanged", got, err)
			}
		}
	})
}

// TestReconfigure_ChangesTheShellAndTheCore also keeps the name and the source that are not said again.
func TestReconfigure_ChangesTheShellAndTheCore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Name: "live"})
		defer closePool(t, p)
		for n := range 2 {
			c := Config{RequestTimeout: time.Duration(n+1) * time.Second, MaxQueue: n + 1}
			if err := p.Reconfigure(c); err != nil {
				t.Fatal(err)
			}
			p.mu.Lock()
			inCore := p.core.Config()
			p.mu.Unlock()
			if got := p.conf(); got.RequestTimeout != c.RequestTimeout || got.Name != "live" || got.Source != Source(f) {
				t.Errorf("the configuration is %+v; want the new one with the old name and source", got)
			}
			if inCore.MaxQueue != c.MaxQueue {
				t.Errorf("MaxQueue is %d in the core; want %d", inCore.MaxQueue, c.MaxQueue)
			}
		}
		if _, err := p.Execute(t.Context(), "wait", nil); !is[*AbandonedError](err) {
			t.Errorf("Execute = %v; want it abandoned after the new RequestTimeout", err)
		}
	})
}
