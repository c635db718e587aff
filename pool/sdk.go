package pool

import (
	"os"
	"path/filepath"

	"github.com/fsmgen/fsmgen/pool/python"
)

// installSDK puts the Python SDK where workers can import it. All pools of a user share one directory in his cache: a service
// that is killed leaves nothing behind that it would not use again, and Python compiles the SDK once. Where a user has no
// cache, the pool gets a directory of its own, to be removed with it.
func installSDK() (dir string, own bool, err error) {
	if dir, err := sharedSDK(); err == nil {
		return dir, false, nil
	}
	if dir, err = os.MkdirTemp("", "fsmpool-"); err != nil {
		return "", false, err
	}
	return dir, true, python.Install(dir)
}

// sharedSDK is the directory of this version of the SDK.
func sharedSDK() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, python.Package, python.Digest())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return dir, python.Install(dir)
}
