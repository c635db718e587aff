package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRun_LastLineIsTheSummary(t *testing.T) {
	env := map[string]string{"SIM_STEPS": "5000", "SIM_SEED": "7"}
	var out strings.Builder
	violations, err := run(&out, func(name string) string { return env[name] })
	if err != nil || violations != 0 {
		t.Fatalf("run = %d violations, %v; want none\n%s", violations, err, &out)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var s summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("last line %q: %v", lines[len(lines)-1], err)
	}
	if s.Seed != 7 || s.Steps < 1000 || s.Schedules < 2 || s.Rate == 0 {
		t.Errorf("summary %+v; want seed 7 and at least 1,000 steps in 2 schedules", s)
	}
}

func TestRun_WrongSettingIsRefused(t *testing.T) {
	for name, value := range map[string]string{"SIM_SECONDS": "0", "SIM_STEPS": "many", "SIM_SEED": "-1"} {
		_, err := run(&strings.Builder{}, func(n string) string {
			if n == name {
				return value
			}
			return ""
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: error %v; want one that names it", name, value, err)
		}
	}
}
