package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A sample is one run of a command, in milliseconds.
type sample struct{ wall, cpu float64 }

// A contender is one of those that do the same work.
type contender struct {
	argv    func(i int) []string
	samples []sample // one for each round
}

// measure runs all contenders of the row, in rounds.
func (r row) measure(w *world, opts options) (result, error) {
	res := result{Key: r.key, Work: r.work, Peer: r.peer, Reach: r.reach}
	if command, word, ok := strings.Cut(r.needs, " "); ok {
		help, err := exec.Command(w.gons, command, "--help").Output()
		if err != nil || !bytes.Contains(help, []byte(word)) {
			res.Missing = fmt.Sprintf("gons %s has no %s", command, word)
			return res, err
		}
	}
	if err := r.prepare(w); err != nil {
		return res, err
	}
	other, gons := &contender{argv: r.other}, &contender{argv: r.gons}
	all := []*contender{other, gons}
	var against, floor *contender
	if w.against != "" {
		against = &contender{argv: func(i int) []string { return append([]string{w.against}, r.gons(i)[1:]...) }}
		all = append(all, against)
	}
	if r.floor != nil {
		floor = &contender{argv: r.floor}
		all = append(all, floor)
	}
	rounds := r.rounds
	if opts.quick {
		rounds = max(3, rounds/10)
	}
	i := 0
	for round := range rounds + 1 { // the first is to get warm
		for k := range all {
			c := all[(round+k)%len(all)]
			if r.before != nil {
				if err := r.before(); err != nil {
					return res, err
				}
			}
			i++
			s, out, err := once(c.argv(i), round == 0 && r.mark != "")
			if err != nil {
				return res, err
			}
			if round > 0 {
				c.samples = append(c.samples, s)
			} else if n := bytes.Count(out, []byte(r.mark)); r.mark != "" && n != r.marks && c != floor {
				return res, fmt.Errorf("%q printed %q %d times, not %d", c.argv(i), r.mark, n, r.marks)
			}
		}
	}
	res.fill(gons, other, against, floor)
	if r.processes > 0 {
		return res, w.populate(0, 0)
	}
	return res, nil
}

// prepare makes the world what the row needs.
func (r row) prepare(w *world) error {
	if r.before != nil {
		return nil
	}
	if err := w.resize(r.names); err != nil {
		return err
	}
	if r.processes > 0 {
		return w.populate(r.names, r.processes)
	}
	return nil
}

// once runs a command and, if it is asked to, returns what it has printed. A command that fails is an error.
func once(argv []string, output bool) (sample, []byte, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	var out, complaints bytes.Buffer
	if output {
		cmd.Stdout, cmd.Stderr = &out, &complaints
	}
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, nil, fmt.Errorf("%q: %w: %s", argv[:min(4, len(argv))], err, complaints.Bytes())
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return sample{ms(wall), ms(cpu)}, out.Bytes(), nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// A result is what came of a row. Ratios are gons/peer.
type result struct {
	Key     string  `json:"row"`
	Work    string  `json:"work"`
	Peer    string  `json:"peer"`
	Reach   float64 `json:"reach"`
	Missing string  `json:"missing,omitempty"` // why it could not be measured
	Rounds  int     `json:"rounds,omitempty"`

	Ratio   float64 `json:"ratio,omitempty"`   // median of the ratios of the rounds
	Low     float64 `json:"low,omitempty"`     // a quarter of the rounds are below
	High    float64 `json:"high,omitempty"`    // a quarter of the rounds are above
	Fastest float64 `json:"fastest,omitempty"` // of the two fastest runs
	CPU     float64 `json:"cpu,omitempty"`     // of the medians of user and system time

	GonsMS  float64 `json:"gons_ms,omitempty"` // median
	PeerMS  float64 `json:"peer_ms,omitempty"`
	Against float64 `json:"against,omitempty"` // the ratio of the other gons
	Floor   float64 `json:"floor,omitempty"`   // the ratio of the floor
}

func (r *result) fill(gons, other, against, floor *contender) {
	ratios := ratiosOf(gons, other)
	r.Rounds = len(ratios)
	r.Low, r.Ratio, r.High = quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)
	r.GonsMS, r.PeerMS = quantile(gons.wall(), 0.5), quantile(other.wall(), 0.5)
	r.Fastest = quantile(gons.wall(), 0) / quantile(other.wall(), 0)
	r.CPU = quantile(gons.cpu(), 0.5) / quantile(other.cpu(), 0.5)
	if against != nil {
		r.Against = quantile(ratiosOf(against, other), 0.5)
	}
	if floor != nil {
		r.Floor = quantile(ratiosOf(floor, other), 0.5)
	}
}

func (c *contender) wall() []float64 {
	return each(c.samples, func(s sample) float64 { return s.wall })
}

func (c *contender) cpu() []float64 { return each(c.samples, func(s sample) float64 { return s.cpu }) }

func each(samples []sample, of func(sample) float64) []float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = of(s)
	}
	return all
}

// ratiosOf returns a/b for each round.
func ratiosOf(a, b *contender) []float64 {
	all := make([]float64, len(a.samples))
	for i := range all {
		all[i] = a.samples[i].wall / b.samples[i].wall
	}
	return all
}

// quantile is the value that the share q of all are not above.
func quantile(all []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// peak returns the most memory that a command had, in MiB, whatever its exit status is.
func (w *world) peak(argv ...string) (float64, error) {
	cmd := exec.Command(w.dir+"/rss", argv...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	var kib, status int
	if _, err := fmt.Sscan(string(out), &kib, &status); err != nil {
		return 0, err
	}
	return float64(kib) / 1024, nil
}
