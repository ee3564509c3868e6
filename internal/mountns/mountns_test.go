package mountns

import (
	"slices"
	"testing"

	"gons/internal/mountinfo"
)

// A path leads through the mounts that are not covered, and a mount is found on its file even if it is covered.
func TestLocate(t *testing.T) {
	v := &View{mounts: []mountinfo.Mount{
		{ID: 27, Parent: 1, Dev: "254:0", Root: "/", Point: "/"},
		{ID: 30, Parent: 27, Dev: "254:0", Root: "/run/netns", Point: "/run/netns", Shared: 2},
		{ID: 31, Parent: 30, Dev: "0:4", Root: "net:[1]", Point: "/run/netns/old"},
		{ID: 40, Parent: 27, Dev: "0:50", Root: "/", Point: "/run"},
		{ID: 41, Parent: 40, Dev: "0:50", Root: "/netns", Point: "/run/netns", Shared: 3},
		{ID: 42, Parent: 41, Dev: "0:50", Root: "/netns", Point: "/run/netns", Shared: 4},
		{ID: 43, Parent: 42, Dev: "0:4", Root: "net:[2]", Point: "/run/netns/new"},
	}}
	for path, want := range map[string]struct {
		Location
		id int
	}{
		"/":                {Location{"254:0", "/"}, 27},
		"/etc/netns":       {Location{"254:0", "/etc/netns"}, 27},
		"/run":             {Location{"0:50", "/"}, 40},
		"/runner":          {Location{"254:0", "/runner"}, 27},
		"/run/netns":       {Location{"0:50", "/netns"}, 42},
		"/run/netns/new":   {Location{"0:4", "net:[2]"}, 43},
		"/run/netns/old":   {Location{"0:50", "/netns/old"}, 42},
		"/run/netns/newer": {Location{"0:50", "/netns/newer"}, 42},
	} {
		if file, m := v.Locate(path); file != want.Location || m.ID != want.id {
			t.Errorf("%s is %v through mount %d, want %v through %d", path, file, m.ID, want.Location, want.id)
		}
	}
	for file, want := range map[Location]bool{
		{"0:50", "/netns/new"}:      true,
		{"254:0", "/run/netns/old"}: true,
		{"254:0", "/run/netns/new"}: false,
		{"0:50", "/netns/old"}:      false,
		{"0:50", "/netns"}:          true,
		{"254:0", "/run"}:           true,
	} {
		if got := slices.Contains(slices.Collect(v.points()), file); got != want {
			t.Errorf("something is mounted on %v: %v, want %v", file, got, want)
		}
	}
}
