package exec

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"gons/internal/process"
)

// ErrNoCaller means that gons was not started by sudo.
var ErrNoCaller = errors.New("SUDO_UID and SUDO_GID are not set")

// Caller finds the user who called sudo, from the variables that sudo sets in env.
func Caller(env []string) (*Account, error) {
	uid, ok1 := parseID(Getenv(env, "SUDO_UID"))
	gid, ok2 := parseID(Getenv(env, "SUDO_GID"))
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("find the user who called sudo: %w", ErrNoCaller)
	}
	a, err := lookupUser(fmt.Sprint(uid))
	if err != nil {
		return nil, err
	}
	if a.UID != uid { // a user whose name is that number
		a = &Account{UID: uid}
	}
	if a.Name == "" {
		a.Name = Getenv(env, "SUDO_USER")
	}
	a.GID = gid
	return a, nil
}

// CallerEnv returns the environment that the user who called sudo had: that of sudo itself, if it is the parent process. Under
// anything else it is env without the variables that sudo adds.
func CallerEnv(env []string) []string {
	parent := os.Getppid()
	if process.Command(parent) == "sudo" {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", parent))
		if err == nil && len(text) > 0 && os.Getppid() == parent { // or it has ended, and the number is another one's
			env = nil
			for kv := range bytes.SplitSeq(bytes.TrimSuffix(text, []byte{0}), []byte{0}) {
				env = append(env, string(kv))
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		return strings.HasPrefix(kv, "SUDO_")
	})
}
