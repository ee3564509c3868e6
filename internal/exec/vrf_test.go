package exec

import (
	"strings"
	"testing"
)

func TestOutsideVRF(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"0::/\n", ""},
		{"0::/vrf\n", ""},
		{"0::/vrf/\n", "/vrf"},
		{"0::/vrf/red\n", "/vrf"},
		{"0::/user.slice/lab/vrf/red\n", "/user.slice/lab/vrf"},
		{"0::/user.slice/vrfs/red\n", ""},
		{"9:name=systemd:/vrf/red\n0::/a b\n", ""},
		{"9:name=systemd:/x\n0::/vrf/red", "/vrf"},
	}
	for _, test := range tests {
		got, ok := outsideVRF([]byte(test.text))
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%q: got %q, %t, want %q", test.text, got, ok, test.want)
		}
	}
}

func FuzzOutsideVRF(f *testing.F) {
	f.Add([]byte("0::/user.slice/vrf/red\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if cgroup, ok := outsideVRF(text); ok && !strings.HasSuffix(cgroup, "/vrf") {
			t.Errorf("%q: %q is no place without a VRF", text, cgroup)
		}
	})
}
