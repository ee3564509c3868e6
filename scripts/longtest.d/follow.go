package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// standIn is an engine's command: of its containers a, b and c those run that have a file in /run/running. Its events are the lines of
// a FIFO.
const standIn = `#!/bin/sh
id() { echo "$1" | tr abc 123 | sed 's/./&&&&&&&&/; s/.*/&&&&&&&&/'; }
case $1 in
events) exec cat /run/events ;;
ps) for f in /run/running/*; do [ ! -e "$f" ] || id "${f##*/}"; done ;;
inspect)
	printf '['
	separator=
	for name in a b c; do
		case " $* " in
		*" $(id $name) "*)
			printf '%s{"Id":"%s","Name":"/%s","State":{"Status":"running","Pid":%s},"HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"SandboxKey":"/run/key/%s"}}' \
				"$separator" "$(id $name)" $name "$(cat /run/pid.$name)" $name
			separator=,
			;;
		esac
	done
	echo ']'
	;;
*) exit 1 ;;
esac
`

// testFollow lets containers start and end with many events, and checks that gons attach-docker --follow keeps the names true.
func testFollow(gons string, events int) error {
	for _, dir := range []string{"/run/bin", "/run/running", "/run/key", "/run/names"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile("/run/bin/docker", []byte(standIn), 0o755); err != nil {
		return err
	}
	names := []string{"a", "b", "c"}
	for _, name := range names {
		if err := startContainer(gons, name); err != nil {
			return err
		}
	}
	if out, err := exec.Command("mkfifo", "/run/events").CombinedOutput(); err != nil {
		return fmt.Errorf("mkfifo: %w: %s", err, out)
	}
	cmd := exec.Command(gons, "attach-docker", "--follow")
	cmd.Env = append(os.Environ(), "GONS_RUN_DIR=/run/names", "PATH=/run/bin:"+os.Getenv("PATH"))
	p, err := start(cmd)
	if err != nil {
		return err
	}
	defer func() { _ = p.cmd.Process.Kill() }()
	stream, err := os.OpenFile("/run/events", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer stream.Close()

	began := time.Now()
	go func() {
		for range p.lines { // what they say is seen in the directory
		}
	}()
	for part := range parts {
		for i := range 10 {
			// One more or one less, and a lot of events about it, faster than anybody can look.
			name := names[(part+i)%len(names)]
			running := filepath.Join("/run/running", name)
			if err := os.Remove(running); err != nil {
				err = os.WriteFile(running, nil, 0o644)
				if err != nil {
					return err
				}
			}
			for range events / parts / 10 {
				if _, err := fmt.Fprintf(stream, `{"Type":"container","Action":"start","id":%q}`+"\n", strings.Repeat(containerDigit(name), 64)); err != nil {
					return err
				}
			}
			if err := namesBecome("/run/names", "/run/running"); err != nil {
				return fmt.Errorf("--follow: %w: %s", err, p.stderr.String())
			}
		}
		time.Sleep(300 * time.Millisecond) // the last look has ended
		if err := p.measure(); err != nil {
			return err
		}
	}
	fmt.Printf("attach-docker --follow: %d events in %.1f s, the names are always true; ", events, time.Since(began).Seconds())
	if err := p.constant(); err != nil {
		return fmt.Errorf("--follow: %w", err)
	}
	return p.end()
}

// startContainer starts the process of a container, as a child of one that has its id in the command line, and mounts its namespace on a
// file, as engines do.
func startContainer(gons, name string) error {
	shim := exec.Command("sh", "-c", "unshare --net sleep 100000 >/dev/null & echo $!; wait", strings.Repeat(containerDigit(name), 64))
	shim.Stderr = os.Stderr
	out, err := shim.StdoutPipe()
	if err != nil {
		return err
	}
	if err := shim.Start(); err != nil { // it ends with the PID namespace
		return err
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		return err
	}
	for own, err := os.Readlink("/proc/thread-self/ns/net"); ; time.Sleep(time.Millisecond) {
		ns, childErr := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil || childErr != nil {
			return errors.Join(err, childErr)
		}
		if ns != own {
			break
		}
	}
	if err := os.WriteFile("/run/pid."+name, fmt.Appendln(nil, pid), 0o644); err != nil {
		return err
	}
	attach := exec.Command(gons, "attach", name, fmt.Sprint("pid:", pid))
	attach.Env = append(os.Environ(), "GONS_RUN_DIR=/run/key")
	if out, err := attach.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// containerDigit is what the id of a container is made of.
func containerDigit(name string) string { return fmt.Sprint(name[0] - 'a' + 1) }

// namesBecome waits until the two directories have the same names.
func namesBecome(got, want string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		a, err := visible(got)
		if err != nil {
			return err
		}
		b, err := visible(want)
		if err != nil {
			return err
		}
		if slices.Equal(a, b) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the names are %q in place of %q", a, b)
		}
	}
}

func visible(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}
