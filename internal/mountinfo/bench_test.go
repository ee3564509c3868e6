package mountinfo_test

import (
	"bytes"
	"fmt"
	"testing"

	"gons/internal/mountinfo"
)

func BenchmarkAll(b *testing.B) {
	var text bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&text, "%d 31 0:4 net:[%d] /run/netns/ns%04d rw shared:%d - nsfs nsfs rw\n", 100+i, 4026532000+i, i, 50+i)
	}
	b.ReportAllocs()
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		mounts := 0
		for _, err := range mountinfo.All(bytes.NewReader(text.Bytes())) {
			if err != nil {
				b.Fatal(err)
			}
			mounts++
		}
		if mounts != 1000 {
			b.Fatalf("%d mounts, not 1000", mounts)
		}
	}
}
