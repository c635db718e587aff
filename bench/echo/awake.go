package echo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
)

// Awaken keeps every processor awake, with a process each at the lowest priority, until end is called. A virtual processor
// that has gone to sleep takes longer to wake than a round trip takes.
func (p *Python) Awaken() (end func() error, err error) {
	var spinners []*spinner
	end = func() error {
		var errs []error
		for _, s := range spinners {
			errs = append(errs, s.close())
		}
		return errors.Join(errs...)
	}
	for range runtime.NumCPU() {
		s, err := p.spinner()
		if err != nil {
			return nil, errors.Join(err, end())
		}
		spinners = append(spinners, s)
	}
	return end, nil
}

// spinner is a process that ends when its standard input does, and so never outlives this one.
type spinner struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

func (p *Python) spinner() (*spinner, error) {
	cmd := exec.Command(p.Path(), p.Script("awake.py"))
	cmd.Env, cmd.Stderr = p.Environment(), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &spinner{cmd, stdin}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("echo: keeping a processor awake: %w", err), s.close())
	}
	return s, nil
}

func (s *spinner) close() error { return errors.Join(s.stdin.Close(), s.cmd.Wait()) }
