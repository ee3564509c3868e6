package nsfile_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"gons/internal/nsfile"
)

func BenchmarkList(b *testing.B) {
	const many = 300
	dir, run := newDir(b)
	for i := range many {
		if err := run.Create(fmt.Sprintf("ns%03d", i), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		var seen atomic.Int64
		err := dir.ListAs(nsfile.Listing{Parts: runtime.GOMAXPROCS(0)}, func(_ int, entries []nsfile.Entry) error {
			seen.Add(int64(len(entries)))
			return nil
		})
		if err != nil || seen.Load() != many {
			b.Fatalf("ListAs: %d entries, %v", seen.Load(), err)
		}
	}
}

func BenchmarkNamesOf(b *testing.B) {
	const many = 300
	dir, run := newDir(b)
	for i := range many {
		if err := run.Create(fmt.Sprintf("ns%03d", i), nil); err != nil {
			b.Fatal(err)
		}
	}
	ns, err := dir.Open("ns150")
	if err != nil {
		b.Fatal(err)
	}
	defer ns.Close()
	b.ReportAllocs()
	for b.Loop() {
		if names, err := dir.NamesOf(ns); err != nil || len(names) != 1 {
			b.Fatalf("NamesOf = %q, %v", names, err)
		}
	}
}
