package container

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// A Container is what its engine tells about it.
type Container struct {
	ID     string // 64 hexadecimal digits
	Name   string
	Status string // "running", "paused", "exited", "created", ...
	PID    int    // of its first process, in the PID namespace of the engine; 0 if there is none
	Key    string // the file on which its network namespace is mounted (SandboxKey); empty if there is none
	Mode   string // its kind of network: "host", "none", "container:ID", the name of a network, ...
}

// running tells whether the container has processes. Those of a paused one are frozen, but they are there.
func (c *Container) running() bool {
	return c.PID > 0 && (c.Status == "running" || c.Status == "paused")
}

// maxBatch is how many containers are asked for in one call; an argument list has a limit (E2BIG).
const maxBatch = 200

// inspect asks for containers by name or id, maxBatch at most. With ErrNotExist it returns those that are there.
func (e Engine) inspect(ctx context.Context, refs ...string) ([]Container, error) {
	for _, ref := range refs {
		if !isReference(ref) {
			return nil, ErrName
		}
	}
	// Without --format: with it every engine and version has a form of its own.
	out, err := e.run(ctx, append([]string{"inspect", "--type", "container", "--"}, refs...)...)
	if err != nil && !errors.Is(err, ErrNotExist) {
		return nil, err
	}
	found, parseErr := parse(out)
	if err == nil {
		err = parseErr
	}
	return found, err
}

// inspectOne asks for one container.
func (e Engine) inspectOne(ctx context.Context, ref string) (*Container, error) {
	found, err := e.inspect(ctx, ref)
	switch {
	case err != nil:
		return nil, err
	case len(found) != 1:
		return nil, fmt.Errorf("%w: it is about %d containers instead of one", ErrAnswer, len(found))
	}
	return &found[0], nil
}

// inspectRunning asks for all containers that run.
func (e Engine) inspectRunning(ctx context.Context) ([]Container, error) {
	out, err := e.run(ctx, "ps", "--quiet", "--no-trunc", "--filter", "status=running", "--filter", "status=paused")
	if err != nil {
		return nil, err
	}
	ids := strings.Fields(string(out))
	for _, id := range ids {
		if !isID(id) {
			return nil, fmt.Errorf("%w: %q is no container id", ErrAnswer, shorten(id))
		}
	}
	var found []Container
	for batch := range slices.Chunk(ids, maxBatch) {
		some, err := e.inspect(ctx, batch...)
		if err != nil && !errors.Is(err, ErrNotExist) { // that is: one went away in between
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// isReference tells whether an engine could take ref for a container: a name, or the beginning of an id. Anything else is kept
// from the command, which would make a path of its API of it.
func isReference(ref string) bool {
	ref = strings.TrimPrefix(ref, "/") // as "docker inspect" writes names
	if ref == "" || len(ref) > 4096 || !isAlphanumeric(ref[0]) {
		return false
	}
	for i := range len(ref) {
		if !isAlphanumeric(ref[i]) && !strings.ContainsRune("_.-", rune(ref[i])) {
			return false
		}
	}
	return true
}

func isAlphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// isID tells whether s is the whole id of a container.
func isID(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// An answer is what is used of one object that "inspect" writes.
type answer struct {
	ID    string `json:"Id"`
	Name  string
	State struct {
		Status string
		PID    int64 `json:"Pid"`
	}
	NetworkSettings struct{ SandboxKey string }
	HostConfig      struct{ NetworkMode string }
}

// parse reads the JSON array that "inspect" writes.
func parse(data []byte) ([]Container, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	var answers []answer
	if err := json.Unmarshal(data, &answers); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	found := make([]Container, len(answers))
	for i, a := range answers {
		c := Container{
			ID: a.ID, Name: strings.TrimPrefix(a.Name, "/"), Status: a.State.Status, PID: int(a.State.PID),
			Key: a.NetworkSettings.SandboxKey, Mode: a.HostConfig.NetworkMode,
		}
		switch {
		case !isID(c.ID):
			return nil, fmt.Errorf("%w: %q is no container id", ErrAnswer, shorten(c.ID))
		case !isReference(c.Name):
			return nil, fmt.Errorf("%w: %q is no container name", ErrAnswer, shorten(c.Name))
		case a.State.PID < 0 || a.State.PID > math.MaxInt32:
			return nil, fmt.Errorf("%w: %d is no process id", ErrAnswer, a.State.PID)
		case c.Key != "" && (!filepath.IsAbs(c.Key) || strings.ContainsRune(c.Key, 0)):
			return nil, fmt.Errorf("%w: %q is no absolute path", ErrAnswer, shorten(c.Key))
		}
		found[i] = c
	}
	return found, nil
}
