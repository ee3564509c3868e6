package holders_test

import (
	"testing"

	"gons/internal/holders"
)

// One pass over the processes that the machine has.
func BenchmarkFind(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		found, err := holders.Find(holders.Query{})
		if err != nil || len(found.Tasks) == 0 {
			b.Fatalf("Find = %+v, %v", found, err)
		}
	}
}

// The same for a namespace that nobody is in: what the pass itself allocates does not depend on the number of processes.
func BenchmarkFindNone(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		found, err := holders.Find(holders.Query{NS: 1})
		if err != nil || len(found.Tasks) != 0 {
			b.Fatalf("Find = %+v, %v", found, err)
		}
	}
}

// What there is to know about the processes that the machine has.
func BenchmarkAboutAll(b *testing.B) {
	found, err := holders.Find(holders.Query{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if abouts, err := holders.AboutAll(found.Tasks); err != nil || len(abouts) != len(found.Tasks) {
			b.Fatalf("AboutAll = %d, %v", len(abouts), err)
		}
	}
}
