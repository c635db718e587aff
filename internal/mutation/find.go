package mutation

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Find returns the directories of the packages below root that have a list. Other modules are left out.
func Find(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name := entry.Name(); name == ".git" || name == "node_modules" || path != root && exists(filepath.Join(path, "go.mod")) {
			return fs.SkipDir
		}
		if exists(filepath.Join(path, filepath.FromSlash(File))) {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
