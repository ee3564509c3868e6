package main

import "os"

// A limit is something that must not get larger than it may be.
type limit struct {
	What string  `json:"what"`
	MiB  float64 `json:"mib"`
	Most float64 `json:"most"`
}

func (l limit) exceeded() bool { return l.MiB > l.Most }

// limits measures memory and the size of the file.
func limits(w *world) ([]limit, error) {
	if err := w.resize(5000); err != nil {
		return nil, err
	}
	// A command that does not exist: after execve(2) the memory would be that of the command.
	exec, err := w.peak(w.gons, "exec", name(0), "/nonexistent")
	if err != nil {
		return nil, err
	}
	list, err := w.peak(w.gons, "list")
	if err != nil {
		return nil, err
	}
	asJSON, err := w.peak(w.gons, "list", "--json")
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(w.gons)
	if err != nil {
		return nil, err
	}
	return []limit{
		{"memory of exec before execve(2), 5,000 names", exec, 8},
		{"memory of list, 5,000 names", list, 25},
		{"memory of list --json, 5,000 names", asJSON, 25},
		{"size of the file, stripped", float64(info.Size()) / (1 << 20), 6},
	}, nil
}
