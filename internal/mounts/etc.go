package mounts

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Etc bind mounts every file and directory of dir over the one of the same name in /etc; symlinks are followed on
// both sides. A dir that does not exist means that nothing is wanted. Each entry that cannot be bound is passed to warn
// as an [Error], and the others are still done.
func Etc(dir string, warn func(error)) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := Bind(filepath.Join(dir, e.Name()), filepath.Join("/etc", e.Name()), 0); err != nil {
			warn(err)
		}
	}
	return nil
}
