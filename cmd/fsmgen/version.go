package main

import (
	"encoding/json"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func (t *tool) version() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say which fsmgen this is",
		GroupID: plumbing,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			if !asJSON {
				return t.print(b.String() + "\n")
			}
			line, err := json.Marshal(b)
			if err != nil {
				return t.bug(err)
			}
			return t.print(string(line) + "\n")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

// build says where this binary comes from. What the go command did not record is empty.
type build struct {
	Version  string `json:"version"` // (devel) where the go command knew no better
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"` // of the revision
	Modified bool   `json:"modified"`       // whether there was more than the revision
	Go       string `json:"go"`
}

func readBuild() build {
	b := build{Version: "(devel)"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String is one line: fsmgen v0.3.0 00a4d1b go1.26.8.
func (b build) String() string {
	words := []string{"fsmgen", b.Version}
	if b.Revision != "" {
		words = append(words, b.Revision)
	}
	if b.Modified {
		words = append(words, "modified")
	}
	return strings.Join(append(words, b.Go), " ")
}
