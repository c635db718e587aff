package pool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/fsmgen/fsmgen/pool/python"
)

// SDKError reports that there is no directory from which workers could import the Python SDK.
type SDKError struct {
	// Tried is what was tried, each with the reason why it cannot be used.
	Tried []string
}

func (e *SDKError) Error() string {
	return "pool: python sdk: no directory for it: " + strings.Join(e.Tried, "; ") +
		"; set XDG_CACHE_HOME or TMPDIR to one that only this user can write to, or ProcessSource.SDK to one that holds the package " + python.Package
}

// sdkPlaces are the directories in which the SDK may be installed.
type sdkPlaces struct {
	// cache is shared by all pools of a user; empty without one. A service that is killed leaves nothing behind there that it
	// would not use again, and Python compiles the SDK once.
	cache string
	// temporary are the directories in which a pool can make one of its own, which is removed with the pool.
	temporary []string
}

// defaultPlaces are the directories of this user and of this machine. /dev/shm is for containers with a read-only file
// system.
func defaultPlaces() sdkPlaces {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = ""
	}
	temporary := []string{os.TempDir(), "/tmp", "/dev/shm"}
	return sdkPlaces{cache: cache, temporary: slices.Compact(temporary)}
}

// sdkInstall keeps the SDK where workers can import it. Nothing that another user has written is used.
type sdkInstall struct {
	places sdkPlaces
	trust  trust

	mu  sync.Mutex // guards the two below
	dir string     // where it is; empty before the first ensure
	own bool       // dir belongs to this pool alone, which removes it
}

// newSDKInstall returns an install that the user reader can read; nil means the user of this process.
func newSDKInstall(reader *syscall.Credential) *sdkInstall {
	return &sdkInstall{places: defaultPlaces(), trust: newTrust(reader)}
}

// ensure returns the directory that holds the SDK. It is called before every launch, since directories for caches and temporary
// files are cleaned while services run: what is missing is installed again. The error is an *SDKError.
func (s *sdkInstall) ensure() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" && s.install(s.dir) == nil {
		return s.dir, nil
	}
	failed := &SDKError{}
	try := func(place string, install func(string) error) bool {
		err := install(place)
		if err != nil {
			failed.Tried = append(failed.Tried, reasonFor(place, err))
		}
		return err == nil
	}
	if s.places.cache == "" {
		failed.Tried = append(failed.Tried, "this user has no cache directory")
	} else if try(s.places.cache, s.share) {
		return s.dir, nil
	}
	for _, place := range s.places.temporary {
		if try(place, s.keep) {
			return s.dir, nil
		}
	}
	return "", failed
}

// reasonFor is why place cannot be used, on one line.
func reasonFor(place string, err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		text = fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err)
	}
	const enough = 200
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "..."
	}
	if strings.Contains(text, place) {
		return text
	}
	return place + ": " + text
}

// share installs the SDK in the user's cache, in the directory of its version.
func (s *sdkInstall) share(cache string) error {
	if !filepath.IsAbs(cache) {
		return errors.New("is not an absolute path")
	}
	// Not even an empty directory is made where others can write.
	if err := s.trust.chain(existing(cache)); err != nil {
		return err
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return err
	}
	dir := filepath.Join(cache, python.Package, python.Digest())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := s.install(dir); err != nil {
		return err
	}
	s.dir, s.own = dir, false
	return nil
}

// existing is the longest part of path that is there.
func existing(path string) string {
	for {
		if _, err := os.Lstat(path); err == nil || path == "/" {
			return path
		}
		path = filepath.Dir(path)
	}
}

// keep installs the SDK in a new directory below place, for this pool alone.
func (s *sdkInstall) keep(place string) error {
	place, err := filepath.Abs(place)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(place, python.Package+"-")
	if err != nil {
		return err
	}
	if s.trust.reader != nil {
		err = errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, python.Package), 0o755))
		err = errors.Join(err, os.Chmod(filepath.Join(dir, python.Package), 0o755)) // whatever the umask is
	}
	if err == nil {
		err = s.install(dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.remove(); err != nil {
		return err
	}
	s.dir, s.own = dir, true
	return nil
}

// install makes sure that dir, which exists, holds the SDK and nothing else, and that no other user can change it.
func (s *sdkInstall) install(dir string) error {
	if err := s.trust.chain(dir); err != nil {
		return err
	}
	if err := s.trust.tree(dir); err != nil {
		return err
	}
	if err := python.Install(dir); err != nil {
		return err
	}
	return s.trust.tree(dir) // now that all of it is there: can the worker's user read it
}

// remove removes the directory that belongs to this pool alone.
func (s *sdkInstall) remove() error {
	if !s.own {
		return nil
	}
	dir := s.dir
	s.dir, s.own = "", false
	return os.RemoveAll(dir)
}

// close is called when no worker is left.
func (s *sdkInstall) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove()
}
