package mounts

import (
	"slices"
	"strings"
)

// mountedBelow returns the paths of the mounts directly below dir that can be seen, sorted. Those mounted below them in turn are
// not listed, but all that must be made bindable before they can be cloned are in unbindable.
func mountedBelow(dir string) (direct, unbindable []string, err error) {
	top, points, err := listMounts(dir)
	if err != nil { // before Linux 6.8, or refused: the list of all mounts, which takes long where there are many
		if points, err = readMountinfo(dir); err != nil {
			return nil, nil, &Error{Op: "find the mounts below", Target: dir, Err: err}
		}
		top = topAt(points, dir)
	}
	direct, unbindable = selectBelow(points, top, dir)
	return direct, unbindable, nil
}

// selectBelow picks from points what [mountedBelow] returns; top is the mount that dir itself belongs to.
func selectBelow(points []point, top uint64, dir string) (direct, unbindable []string) {
	for _, p := range points {
		if p.path == dir || !within(dir, p.path) {
			continue
		}
		if p.parent == top {
			direct = append(direct, p.path)
		}
		if p.unbindable {
			unbindable = append(unbindable, p.path)
		}
	}
	slices.Sort(direct)
	direct = slices.Compact(direct)
	// Of two direct children one below the other, the lower one was mounted first and is covered.
	return slices.DeleteFunc(slices.Clone(direct), func(path string) bool {
		return slices.ContainsFunc(direct, func(other string) bool { return strings.HasPrefix(path, other+"/") })
	}), unbindable
}
