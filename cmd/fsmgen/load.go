package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"syscall"

	"github.com/fsmgen/fsmgen/spec"
)

// input is the input of a command: machines and their findings.
type input struct {
	machines []*spec.Machine
	found    spec.Findings
	sources  map[string]string // of texts that are no machine
}

// add reads one text as a spec.
func (in *input) add(path string, src []byte) {
	m, found := spec.Load(path, src)
	in.machines, in.found = append(in.machines, m), append(in.found, found...)
}

// fine are the machines without errors.
func (in *input) fine() []*spec.Machine {
	broken := map[string]bool{}
	for _, f := range in.found {
		broken[f.Path] = broken[f.Path] || f.Severity == spec.Error
	}
	var fine []*spec.Machine
	for _, m := range in.machines {
		if !broken[m.Path] {
			fine = append(fine, m)
		}
	}
	return fine
}

// load returns the machines of the specs that args stand for, and prints what is wrong with them. It looks at every
// spec, and fails if any has an error or cannot be read.
func (t *tool) load(args []string) ([]*spec.Machine, error) {
	in, err := t.read(args)
	return in.machines, t.also(in, err)
}

// loadOne is load for a command that is about one machine.
func (t *tool) loadOne(path string) (*spec.Machine, error) {
	machines, err := t.load([]string{path})
	if err != nil {
		return nil, err
	}
	if len(machines) != 1 {
		return nil, usageError(path + ": there is more than one spec: name one")
	}
	return machines[0], nil
}

// read reads the specs that args stand for. It looks at every one, and fails if any cannot be read. The input is never nil.
func (t *tool) read(args []string) (*input, error) {
	in := &input{}
	paths, err := specPaths(args)
	if err != nil {
		return in, err
	}
	for _, path := range paths {
		t.subject = path
		src, readErr := readSpec(path)
		if readErr != nil {
			t.say("fsmgen: %v", readErr)
			err = unusable(errSaid)
			continue
		}
		in.add(path, src)
	}
	return in, err
}

// report prints findings to w, and fails if one is an error.
func (t *tool) report(w io.Writer, in *input) error {
	p, err := t.flags.printer(w)
	if err != nil {
		return err
	}
	p.Rules = allRules()
	p.Sources = map[string]string{}
	maps.Copy(p.Sources, in.sources)
	for _, m := range in.machines {
		p.Sources[m.Path] = m.Source
	}
	in.found.Sort()
	if err := p.Print(w, t.shown(in.found)); err != nil {
		return unusable(err)
	}
	if in.found.HasErrors() {
		return wrong(errSaid)
	}
	return nil
}

// shown returns the findings to print: only errors with -q, everything with -v.
func (t *tool) shown(found spec.Findings) spec.Findings {
	least := spec.Warning
	switch {
	case t.flags.quiet:
		least = spec.Error
	case t.flags.verbose:
		least = spec.Info
	}
	var shown spec.Findings
	for _, f := range found {
		if f.Severity <= least {
			shown = append(shown, f)
		}
	}
	return shown
}

// maxImport is the largest size of a file of another language, in bytes.
const maxImport = 16 << 20

// specialFileError reports something that is to be read and is no regular file, also behind a symbolic link.
type specialFileError struct {
	path string
	mode fs.FileMode
	want string // a spec
}

func (e *specialFileError) Error() string {
	return fmt.Sprintf("%s: is a %s: %s is a regular file", e.path, kindOfFile(e.mode), e.want)
}

func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeNamedPipe != 0:
		return "FIFO"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	default:
		return "special file"
	}
}

// readSpec reads a spec, or as much of one that is too large as shows that it is.
func readSpec(path string) ([]byte, error) {
	file, err := openRegular(path, "a spec")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, spec.MaxSize+1))
}

// openRegular opens a regular file to read it. It refuses anything else without opening it: that could block, or never end.
// Want says what the file should be, for the error.
func openRegular(path, want string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &specialFileError{path, info.Mode(), want}
	}
	// The file may have been replaced since. Opening a FIFO this way does not wait.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &specialFileError{path, info.Mode(), want}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// readImport reads a source in another language, which may come from a pipe.
func (t *tool) readImport(path string) ([]byte, error) {
	from := t.stdin
	if path != standardInput {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	src, err := io.ReadAll(io.LimitReader(from, maxImport+1))
	if err == nil && len(src) > maxImport {
		err = fmt.Errorf("%s: is larger than %d bytes, the most that is read", path, maxImport)
	}
	return src, err
}
