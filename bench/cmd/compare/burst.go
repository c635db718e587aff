package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/bench/engine"
)

// between is how far the time-outs of a burst are apart: those of a million machines are spread over ten seconds.
const between = 10 * time.Microsecond

// burst has the machines of one crowd, and writes what became of them.
func burst(name string, machines int, w io.Writer) error {
	crowds := engine.Crowds()
	i := slices.IndexFunc(crowds, func(c engine.Crowd) bool { return c.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no crowd %q", name)
	}
	b, err := crowds[i].Burst(machines, time.Duration(machines)*between)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(b)
}

func burstTitle(machines int) string {
	return fmt.Sprintf("%d machines with a state time-out each, spread over %v, once", machines, time.Duration(machines)*between)
}

// bursts has each crowd in a process of its own, once, and returns the table.
func bursts(ctx context.Context, machines int) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	var table strings.Builder
	fmt.Fprintf(&table, "\n### %s\n\n", burstTitle(machines))
	table.WriteString("|  | started in ms | the last fired ms later | peak MB | goal |\n| --- | ---: | ---: | ---: | --- |\n")
	for i, c := range engine.Crowds() {
		out, err := exec.CommandContext(ctx, self, "-burst", c.Name, "-machines", strconv.Itoa(machines)).Output()
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.Name, err)
		}
		var b engine.Burst
		if err := json.Unmarshal(out, &b); err != nil {
			return "", fmt.Errorf("%s: %w", c.Name, err)
		}
		goal := ""
		if i > 0 {
			goal = verdict(b)
		}
		fmt.Fprintf(&table, "| %s | %d | %d | %d | %s |\n",
			c.Name, b.Started.Milliseconds(), b.Fired.Milliseconds(), b.Peak/1e6, goal)
	}
	return table.String(), nil
}

func verdict(b engine.Burst) string {
	text := fmt.Sprintf("≤ %d ms, ≤ %d MB: ", engine.StartGoal.Milliseconds(), engine.PeakGoal/1_000_000)
	if b.Started <= engine.StartGoal && b.Peak <= engine.PeakGoal {
		return text + "met"
	}
	return text + "missed"
}
