package mounts

import (
	"net/netip"
	"testing"
)

func TestWithoutResolve(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"hosts: files dns\n", "hosts: files dns\n"},
		{"passwd: resolve\n", "passwd: resolve\n"},
		{"hosts: files resolve [!UNAVAIL=return] dns\n", "hosts: files dns\n"},
		{"hosts:\tmymachines resolve [NOTFOUND=return !UNAVAIL=return ] files # why\n", "hosts: mymachines files dns # why\n"},
		{"a: b\nhosts: resolve\nc: d", "a: b\nhosts: dns\nc: d"},
		{"hosts: files [NOTFOUND=return] resolve", "hosts: files [NOTFOUND=return] dns\n"},
		{"#hosts: resolve\n", "#hosts: resolve\n"},
	}
	for _, test := range tests {
		if got := withoutResolve(test.text); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
}

func FuzzWithoutResolve(f *testing.F) {
	f.Add("hosts: files resolve [!UNAVAIL=return] dns\n")
	f.Fuzz(func(t *testing.T, text string) {
		once := withoutResolve(text)
		if twice := withoutResolve(once); twice != once {
			t.Errorf("%q becomes %q, and that %q", text, once, twice)
		}
	})
}

func TestResolv(t *testing.T) {
	d := DNS{Servers: []netip.Addr{netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("fe80::1%eth0")}}
	if got, want := string(d.resolv()), "nameserver 9.9.9.9\nnameserver fe80::1%eth0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
