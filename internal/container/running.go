package container

import (
	"context"
	"strings"
)

// A Running is a running container as a user tells it from others.
type Running struct {
	Name  string
	ID    string // its first digits
	Image string
}

// Running asks for all running containers, in the order of the engine. It is cheaper than [Engine.FindAll]: their namespaces
// are not looked for.
func (e Engine) Running(ctx context.Context) ([]Running, error) {
	out, err := e.run(ctx, "ps", "--format", "{{.Names}}\t{{.ID}}\t{{.Image}}")
	if err != nil {
		return nil, &Error{Engine: e, Op: opList, Err: err}
	}
	var found []Running
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			continue
		}
		// docker adds the names under which linked containers know it, as OTHER/ALIAS.
		for name := range strings.SplitSeq(fields[0], ",") {
			if isReference(name) {
				found = append(found, Running{name, fields[1], fields[2]})
				break
			}
		}
	}
	return found, nil
}
