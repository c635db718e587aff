// Package console is the interactive mode of fsmgen simulate: the user types what happens, and reads what the machine does.
//
// Lines are those of the scripts of package simulate, and a few words about the conversation itself. What was said so
// far can be undone and printed as a script.
package console

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// Console is one conversation. It belongs to one goroutine.
type Console struct {
	// Echo writes lines before what they lead to, for a conversation whose lines are not on the same screen.
	Echo bool

	spec   *spec.Machine
	params simulate.Values
	out    io.Writer

	machine *simulate.Machine
	player  *simulate.Player
	said    []simulate.Stimulus // that the machine has taken: answers, begin, and what came after
}

// New begins a conversation with a machine of a spec without errors, and writes how it starts. The error is about the
// params.
func New(out io.Writer, m *spec.Machine, params simulate.Values) (*Console, error) {
	c := &Console{spec: m, params: params, out: out}
	return c, c.forget()
}

// restart begins anew with what is in said, and writes all that has happened then.
func (c *Console) restart(said []simulate.Stimulus) error {
	machine, answers, rest, err := simulate.Start(c.spec, said, c.params)
	if err != nil {
		return err
	}
	for _, s := range rest {
		if err := s.Apply(machine, answers); err != nil {
			return err
		}
	}
	c.machine, c.said = machine, said
	c.player = simulate.NewPlayer(c.out, machine, answers)
	return c.player.Err()
}

// Run does every line that next returns, until that returns [io.EOF] or a line says quit. What is wrong with a line is
// written, and the conversation goes on. The error is that of next or of the writer.
func (c *Console) Run(next func() (string, error)) error {
	for {
		line, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		quit, err := c.Do(line)
		if err != nil || quit {
			return err
		}
	}
}

// Do does one line, and reports whether the conversation is over. The error is that of the writer.
func (c *Console) Do(line string) (quit bool, err error) {
	word := strings.TrimSpace(line)
	if c.Echo && word != "" {
		if err := c.print("> %s\n", word); err != nil {
			return false, err
		}
	}
	if word == "quit" || word == "exit" {
		return true, nil
	}
	for _, command := range commands() {
		if command.word == word {
			return false, command.do(c)
		}
	}
	script, err := simulate.ParseScript(line)
	if err != nil {
		return false, c.print("! %v; help says more\n", err)
	}
	for _, s := range script { // none for an empty line
		switch err := c.player.Do(s); {
		case err == nil:
			c.said = append(c.said, s)
		case c.player.Err() != nil:
			return false, c.player.Err()
		default:
			return false, c.print("! %v\n", err)
		}
	}
	return false, nil
}

func (c *Console) print(format string, args ...any) error {
	_, err := fmt.Fprintf(c.out, format, args...)
	return err
}
