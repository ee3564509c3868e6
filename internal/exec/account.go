package exec

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/user"
)

const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
)

// An Account is a user as the databases of the machine know him.
type Account struct {
	UID, GID int
	Groups   []int  // supplementary
	Name     string // empty for a number that the databases do not have
	Home     string // empty too
}

// ErrNoUser and ErrNoGroup are the reasons for a name that no database has.
var (
	ErrNoUser  = errors.New("no such user")
	ErrNoGroup = errors.New("no such group")
)

// LookupAccount finds USER or USER:GROUP, each a name or a number. It asks the files in /etc, then getent(1) if it is there, which
// knows the directory services too. A number works without any of them: its group is the same number then. A GROUP
// takes the place of the account's own; the supplementary ones stay.
func LookupAccount(spec string) (*Account, error) {
	name, group, hasGroup := strings.Cut(spec, ":")
	a, err := lookupUser(name)
	if err != nil {
		return nil, err
	}
	if hasGroup {
		if a.GID, err = LookupGroup(group); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func lookupUser(name string) (*Account, error) {
	id, isNumber := parseID(name)
	found, err := user.ParsePasswdFileFilter(passwdFile, func(u user.User) bool {
		return u.Name == name || isNumber && u.Uid == id
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("find user %q: %w", name, err)
	}
	if len(found) > 0 {
		// A name of digits goes before the number.
		u := found[max(0, slices.IndexFunc(found, func(u user.User) bool { return u.Name == name }))]
		groups, err := groupsOf(u.Name)
		return &Account{UID: u.Uid, GID: u.Gid, Groups: groups, Name: u.Name, Home: u.Home}, err
	}
	if a := askUser(name); a != nil {
		return a, nil
	}
	if !isNumber {
		return nil, fmt.Errorf("find user %q: %w", name, ErrNoUser)
	}
	return &Account{UID: id, GID: id}, nil
}

// groupsOf returns the groups that the group file lists the user in.
func groupsOf(name string) ([]int, error) {
	found, err := user.ParseGroupFileFilter(groupFile, func(g user.Group) bool { return slices.Contains(g.List, name) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("find the groups of user %q: %w", name, err)
	}
	var ids []int
	for _, g := range found {
		ids = append(ids, g.Gid)
	}
	return ids, nil
}

// LookupGroup finds the number of a group that is given by name or number.
func LookupGroup(name string) (int, error) {
	found, err := user.ParseGroupFileFilter(groupFile, func(g user.Group) bool { return g.Name == name })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("find group %q: %w", name, err)
	}
	if len(found) > 0 {
		return found[0].Gid, nil
	}
	if id, ok := parseID(name); ok {
		return id, nil
	}
	if fields := strings.Split(ask("getent", "group", name), ":"); len(fields) > 2 && isAnswer(name, fields[0], fields[2]) {
		if id, ok := parseID(fields[2]); ok {
			return id, nil
		}
	}
	return 0, fmt.Errorf("find group %q: %w", name, ErrNoGroup)
}

// parseID reads a user or group id. The highest number is none: it means "leave as it is" to the kernel.
func parseID(s string) (int, bool) {
	id, err := strconv.ParseUint(s, 10, 32)
	return int(id), err == nil && s[0] != '+' && id < 1<<32-1
}
