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
