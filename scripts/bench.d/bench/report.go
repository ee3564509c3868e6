package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// A report is all that is told in the end.
type report struct {
	Machine machine  `json:"machine"`
	Rows    []result `json:"rows,omitempty"`
	Limits  []limit  `json:"limits,omitempty"`
}

// A machine is what the numbers were measured on.
type machine struct {
	CPU        string    `json:"cpu"`
	Cores      int       `json:"cores"`
	Kernel     string    `json:"kernel"`
	Go         string    `json:"go"`
	IP         string    `json:"ip"`
	Time       time.Time `json:"time"`
	LoadBefore string    `json:"load_before"`
	LoadAfter  string    `json:"load_after,omitempty"`
}

func thisMachine() machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Time: time.Now().UTC().Truncate(time.Second), LoadBefore: load()}
	info, _ := os.ReadFile("/proc/cpuinfo")
	if _, after, ok := strings.Cut(string(info), "model name"); ok {
		line, _, _ := strings.Cut(after, "\n")
		m.CPU = strings.TrimLeft(line, "\t: ")
	}
	var uts unix.Utsname
	if unix.Uname(&uts) == nil {
		m.Kernel = unix.ByteSliceToString(uts.Release[:])
	}
	version, _ := exec.Command("ip", "-V").Output()
	m.IP = strings.TrimSpace(string(version))
	return m
}

// load is how busy the machine has been in the last minute.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

func (r *report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *report) writeTable(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%d cores of %s, Linux %s, %s, %s, load %s to %s\n\n", m.Cores, m.CPU, m.Kernel, m.Go, m.IP, m.LoadBefore, m.LoadAfter)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.Rows) > 0 {
		fmt.Fprintln(out, "ROW\tPEER\tPEER MS\tGONS MS\tRATIO\tSPREAD\tFASTEST\tCPU\tFLOOR\tAGAINST\tREACH\t")
	}
	for _, row := range r.Rows {
		if row.Missing != "" {
			fmt.Fprintf(out, "%s\t%s\t-\t-\t-\t-\t-\t-\t-\t-\t%.2f\t%s\n", row.Key, row.Peer, row.Reach, row.Missing)
			continue
		}
		mark := ""
		if row.Ratio > row.Reach {
			mark = "not reached"
		}
		fmt.Fprintf(out, "%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f-%.2f\t%.2f\t%.2f\t%s\t%s\t%.2f\t%s\n", row.Key, row.Peer, row.PeerMS, row.GonsMS,
			row.Ratio, row.Low, row.High, row.Fastest, row.CPU, orDash(row.Floor), orDash(row.Against), row.Reach, mark)
	}
	if len(r.Limits) > 0 {
		fmt.Fprintln(out, "\nLIMIT\tMIB\tMOST")
	}
	for _, l := range r.Limits {
		mark := ""
		if l.exceeded() {
			mark = "exceeded"
		}
		fmt.Fprintf(out, "%s\t%.1f\t%.1f\t%s\n", l.What, l.MiB, l.Most, mark)
	}
	return out.Flush()
}

func orDash(ratio float64) string {
	if ratio == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", ratio)
}
