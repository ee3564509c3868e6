package main

import "testing"

func TestCommandMeansTheOneThatIPMeans(t *testing.T) {
	names := []string{
		"add", "attach", "attach-docker", "attach-podman", "completion", "delete", "doctor", "exec", "graph", "help", "holders",
		"identify", "inspect", "list", "list-id", "monitor", "pids", "prune", "set", "version",
	}
	for word, want := range map[string]string{
		"a": "add", "at": "attach", "attach": "attach", "attach-d": "attach-docker", "c": "completion", "d": "delete", "do": "doctor",
		"e": "exec", "h": "help", "ho": "holders", "i": "identify", "in": "inspect", "l": "list", "ls": "list", "lst": "list",
		"list-": "list-id", "p": "pids", "pr": "prune", "s": "list", "se": "set", "v": "version", "attach-docker": "attach-docker",
		"x": "x", "lists": "lists", "rm": "rm",
	} {
		if got, err := command(word, names); err != nil || got != want {
			t.Errorf("%q means %q, %v; want %q", word, got, err, want)
		}
	}
	_, err := command("attach-", names)
	const want = `command "attach-" can mean attach-docker, attach-podman`
	if err == nil || err.Error() != want {
		t.Errorf("attach-: %v, want %s", err, want)
	}
	// As long as ip has no monitor here, what is short for it is another command.
	if got, err := command("m", []string{"make", "move"}); err == nil {
		t.Errorf("m means %q, want an error", got)
	}
}
