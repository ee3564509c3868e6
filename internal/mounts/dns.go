package mounts

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	resolvConf = "resolv.conf"
	nsswitch   = "nsswitch.conf"
)

// A DNS makes a command ask these name servers and no others.
type DNS struct {
	Servers []netip.Addr
}

// maskedDirs hold the sockets of services that look names up on behalf of others, outside the namespace.
var maskedDirs = [...]string{"/run/nscd", "/var/run/nscd", "/run/systemd/resolve"}

// resolv is the text of resolv.conf(5).
func (d *DNS) resolv() []byte {
	var b strings.Builder
	for _, server := range d.Servers {
		b.WriteString("nameserver " + server.String() + "\n")
	}
	return []byte(b.String())
}

// write puts resolv.conf into dir, and nsswitch.conf too where that of own, or else of /etc, would ask
// systemd-resolved.
func (d *DNS) write(dir, own string) error {
	if err := writeNew(filepath.Join(dir, resolvConf), d.resolv()); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(own, nsswitch))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(etcDir, nsswitch))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if changed := withoutResolve(string(text)); changed != string(text) {
		return writeNew(filepath.Join(dir, nsswitch), []byte(changed))
	}
	return nil
}

// writeNew makes a file that all can read, instead of one that may be there.
func writeNew(path string, content []byte) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return err
	}
	return os.Chmod(path, 0o644) // whatever the umask
}

// bind covers the files in /etc one by one.
func (d *DNS) bind(warn func(error)) error {
	dir, done, err := scratch(append([]string{filepath.Join(etcDir, resolvConf), filepath.Join(etcDir, nsswitch)}, maskedDirs[:]...)...)
	if err != nil {
		return err
	}
	defer done()
	d.mask(dir, warn)
	if err := d.write(dir, etcDir); err != nil {
		return err
	}
	for _, name := range []string{resolvConf, nsswitch} {
		file := filepath.Join(dir, name)
		if _, err := os.Lstat(file); err != nil {
			continue // not needed
		}
		if err := bindOver(file, filepath.Join(etcDir, name)); err != nil {
			warn(err)
		}
	}
	return nil
}

// mask covers the directories of the services' sockets, those that exist, by one of dir that has
// only the files that /etc/resolv.conf may be a link to.
func (d *DNS) mask(dir string, warn func(error)) {
	cover := filepath.Join(dir, "mask")
	err := os.Mkdir(cover, 0o755)
	for _, name := range []string{resolvConf, "stub-resolv.conf"} {
		err = errors.Join(err, writeNew(filepath.Join(cover, name), d.resolv()))
	}
	if err := errors.Join(err, os.Chmod(cover, 0o755)); err != nil {
		warn(err)
		return
	}
	var done []string
	for _, service := range maskedDirs {
		real, err := filepath.EvalSymlinks(service)
		if errors.Is(err, fs.ErrNotExist) || slices.Contains(done, real) {
			continue
		}
		if err == nil {
			err = Bind(cover, real, 0)
		}
		if err != nil {
			warn(err)
		}
		done = append(done, real)
	}
}

// withoutResolve returns nsswitch.conf(5) without the service that asks systemd-resolved for host names, over D-Bus if it cannot
// reach the socket. The ordinary one takes its place where it was not there.
func withoutResolve(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		before, rest, found := strings.Cut(line, ":")
		if !found || strings.TrimSpace(before) != "hosts" {
			b.WriteString(line)
			continue
		}
		rest, comment, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), "#")
		services, changed := dropResolve(strings.Fields(rest))
		if !changed {
			b.WriteString(line)
			continue
		}
		b.WriteString(before + ": " + strings.Join(services, " "))
		if comment != "" {
			b.WriteString(" #" + comment)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// dropResolve takes "resolve" and the [action] words after it out of a list of services.
func dropResolve(words []string) (kept []string, changed bool) {
	dropped, inAction := false, false
	for _, word := range words {
		isAction := inAction || strings.HasPrefix(word, "[")
		inAction = isAction && !strings.HasSuffix(word, "]")
		if !isAction {
			dropped = word == "resolve"
		}
		if dropped {
			changed = true
			continue
		}
		kept = append(kept, word)
	}
	if changed && !slices.Contains(kept, "dns") {
		kept = append(kept, "dns")
	}
	return kept, changed
}
