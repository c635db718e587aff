package console

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// Console is one conversation. It belongs to one goroutine.
type Console struct {
	// Echo writes lines before what they lead to, for a conversation whose lines are not on the same screen.
	Echo bool

	spec   *spec.Machine
	params interp.Values
	out    io.Writer

	machine *interp.Machine
	player  *interp.Player
	said    []interp.Stimulus // that the machine has taken: answers, begin, and what came after
}

// New begins a conversation with a machine of a spec without errors, and writes how it starts. The error is about the params.
func New(out io.Writer, m *spec.Machine, params interp.Values) (*Console, error) {
	c := &Console{spec: m, params: params, out: out}
	return c, c.forget()
}

// restart begins anew with what is in said, and writes all that has happened then.
func (c *Console) restart(said []interp.Stimulus) error {
	machine, answers, rest, err := interp.Start(c.spec, said, c.params)
	if err != nil {
		return err
	}
	for _, s := range rest {
		if err := s.Apply(machine, answers); err != nil {
			return err
		}
	}
	c.machine, c.said = machine, said
	c.player = interp.NewPlayer(c.out, machine, answers)
	return c.player.Err()
}

// Run does every line that next returns, until that returns [io.EOF] or somebody says quit. What is wrong with a line is
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
	script, err := interp.ParseScript(line)
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
