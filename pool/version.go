package pool

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// version is one version of the workers' code, and what starts its workers.
type version struct {
	label    string
	launcher launcher
	replaces *version // the one that an upgrade replaces; nil for the first one
	removed  []string // commands of that one that are gone on purpose

	// What follows is under the lock of the pool.

	workers int         // that are not over
	retired bool        // no worker of it is started any more
	closed  bool        // its launcher is
	offer   offer       // of the worker that became ready last
	failure *StartError // of the first worker that did not start
}

// offer is what a worker can do.
type offer struct {
	known    bool
	commands []string // empty where the protocol does not tell
	sessions bool
}

// use adds the version to those that the core starts workers of. It needs the lock.
func (p *Pool) use(v *version) { p.versions[v.label] = v }

// retire notes that no worker of the version is started any more, and closes its launcher when the last one is over.
func (p *Pool) retire(v *version) {
	p.mu.Lock()
	v.retired = true
	p.mu.Unlock()
	p.closeUnused(v)
}

// over notes the end of a worker.
func (p *Pool) over(w *worker) {
	p.step(func(core.Time) {
		delete(p.workers, w.id)
		w.version.workers--
	})
	p.closeUnused(w.version)
}

// closeUnused closes the launcher of a version that has been retired, when no worker of it is left. It is called after
// both of these, and the second one closes.
func (p *Pool) closeUnused(v *version) {
	p.mu.Lock()
	unused := v.retired && v.workers == 0 && !v.closed
	if unused {
		v.closed = true
		if p.versions[v.label] == v { // and not another one of that label
			delete(p.versions, v.label)
		}
	}
	p.mu.Unlock()
	if unused {
		v.launcher.close()
	}
}

// accept notes what a worker that is ready can do. A worker of a new version that can less than the old ones is refused.
func (p *Pool) accept(v *version, got offer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	v.offer = got
	if v.replaces == nil || !v.replaces.offer.known {
		return nil
	}
	old := v.replaces.offer
	if old.sessions && !got.sessions {
		return &IncompatibleError{Version: v.label, What: "its workers keep no sessions, and those of the old version do"}
	}
	if missing := missing(old.commands, got.commands, v.removed); len(missing) > 0 {
		return &IncompatibleError{Version: v.label, What: fmt.Sprintf(
			"it has no command %s: name in Rollout.Removed what is gone on purpose", short(strings.Join(missing, ", ")))}
	}
	return nil
}

// checkRemoved refuses names that are no commands of the workers: a typo would hide nothing, and is noticed here.
func (p *Pool) checkRemoved(removed []string) error {
	p.mu.Lock()
	have := p.current.offer.commands
	p.mu.Unlock()
	if len(have) == 0 {
		return nil // the protocol does not tell
	}
	for _, command := range removed {
		if !slices.Contains(have, command) {
			return &ConfigError{Field: "Rollout.Removed", What: fmt.Sprintf("has %s, which is no command of the old version; its commands are %s",
				short(command), short(strings.Join(have, ", ")))}
		}
	}
	return nil
}

// missing returns the commands that are gone and should not be. A version that does not tell its commands may have all.
func missing(old, got, removed []string) (gone []string) {
	if len(got) == 0 {
		return nil
	}
	for _, command := range old {
		if !slices.Contains(got, command) && !slices.Contains(removed, command) {
			gone = append(gone, command)
		}
	}
	return gone
}

// offerOf is what a worker that has shaken hands can do.
func offerOf(i instance, peer *wire.Peer) offer {
	return offer{known: true, commands: peer.Commands, sessions: i.Can(wire.CanSession)}
}

// IncompatibleError reports workers that can do less than they have to. Every other worker of that version would be refused
// as well.
type IncompatibleError struct {
	Version string // of the workers' code
	What    string
}

func (e *IncompatibleError) Error() string {
	return fmt.Sprintf("pool: version %s: %s", short(e.Version), e.What)
}

// hash returns the first digits of a hash of what the workers run.
func (s *ProcessSource) hash(spec *proc.Spec) (string, error) {
	h := sha256.New()
	text := func(name string, values ...string) {
		for _, v := range append([]string{name}, values...) {
			io.WriteString(h, v)
			h.Write([]byte{0})
		}
	}
	text("run", append([]string{spec.Path}, spec.Args...)...)
	text("env", s.AddEnv...)
	text("config", string(s.Config))
	for _, file := range s.files(spec) {
		if err := hashFile(h, file); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// files are the files that tell versions apart by their contents: the script, what may be the file of the module, or the program.
func (s *ProcessSource) files(spec *proc.Spec) []string {
	switch {
	case s.Script != "":
		if path, err := s.within(s.Script); err == nil {
			return []string{path}
		}
		return nil
	case s.Module != "":
		path := filepath.Join(strings.Split(s.Module, ".")...)
		var found []string
		for _, name := range []string{path + ".py", filepath.Join(path, "__main__.py"), filepath.Join(path, "__init__.py")} {
			if path, err := s.within(name); err == nil {
				found = append(found, path)
			}
		}
		return found
	}
	return []string{spec.Path}
}

// hashFile adds a file. One that is not there, or cannot be read, is told apart by that: a program need not be readable.
func hashFile(h io.Writer, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(h, f)
	return err
}
