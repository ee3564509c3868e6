package ipgrammar_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gons/internal/ipgrammar"
)

func TestLookupTakesTheFirstThatFits(t *testing.T) {
	for word, want := range map[string]ipgrammar.Command{
		"l": ipgrammar.List, "ls": ipgrammar.List, "lst": ipgrammar.List, "list": ipgrammar.List,
		"s": ipgrammar.List, "sh": ipgrammar.List, "show": ipgrammar.List, "se": ipgrammar.Set,
		"list-": ipgrammar.ListID, "list-id": ipgrammar.ListID, "h": ipgrammar.Help,
		"a": ipgrammar.Add, "ad": ipgrammar.Add, "at": ipgrammar.Attach, "d": ipgrammar.Delete,
		"i": ipgrammar.Identify, "p": ipgrammar.PIDs, "e": ipgrammar.Exec, "m": ipgrammar.Monitor,
		"": "", "lists": "", "addx": "", "Add": "", "-h": "",
	} {
		if got, ok := ipgrammar.Lookup(word); got != want || ok != (want != "") {
			t.Errorf("%q means %q, want %q", word, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	type call = ipgrammar.Call
	for _, test := range []struct {
		line string
		want call
	}{
		{"", call{}},
		{"link show", call{Object: "link", Args: []string{"link", "show"}}},
		{"netns", call{Kind: ipgrammar.Netns, Args: []string{}}},
		{"net add x", call{Kind: ipgrammar.Netns, Args: []string{"add", "x"}}},
		{"ne", call{Object: "ne", Args: []string{"ne"}}},
		{"-j -- netns l", call{Kind: ipgrammar.Netns, Options: ipgrammar.Options{JSON: true}, Args: []string{"l"}}},
		{"-j -n x -p link", call{Kind: ipgrammar.Enter, Name: "x", Args: []string{"-j", "-p", "link"}}},
		{"--netns x -n y", call{Kind: ipgrammar.Enter, Name: "x", Args: []string{"-n", "y"}}},
		{"-n", call{Kind: ipgrammar.Enter, Name: "(null)", Args: []string{}}},
		{"-N netns", call{Kind: ipgrammar.Netns, Args: []string{}}},
		{"-a netns del", call{Kind: ipgrammar.Netns, Options: ipgrammar.Options{All: true}, Args: []string{"del"}}},
		{"-b f -j -force -4", call{
			Kind: ipgrammar.File, Name: "f", Args: []string{"-j", "-4"},
			Options: ipgrammar.Options{JSON: true, Force: true},
		}},
		{"-br -f inet -batch -", call{Kind: ipgrammar.File, Name: "-", Args: []string{"-br", "-f", "inet"}}},
		{"-V -n x", call{Object: "-V", Args: []string{"-V", "-n", "x"}}},
		{"-he", call{Object: "-he", Args: []string{"-he"}}},
		{"-bogus netns", call{Object: "-bogus", Args: []string{"-bogus", "netns"}}},
		{"-f foo netns", call{Object: "-f", Args: []string{"-f", "foo", "netns"}}},
		{"-c=auto netns", call{Kind: ipgrammar.Netns, Args: []string{}}},
		{"-c=maybe netns", call{Object: "-c=maybe", Args: []string{"-c=maybe", "netns"}}},
		{"-b", call{Object: "-b", Args: []string{"-b"}}},
		{"-e netns", call{Object: "-e", Args: []string{"-e", "netns"}}},
	} {
		got := ipgrammar.Parse(strings.Fields(test.line), false)
		if test.want.Args == nil {
			test.want.Args = []string{}
		}
		if !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%q is\n%+v, want\n%+v", test.line, *got, test.want)
		}
	}
	if got := ipgrammar.Parse([]string{"-j", "list"}, true); got.Kind != ipgrammar.Netns || !slices.Equal(got.Args, []string{"list"}) {
		t.Errorf("ipnetns -j list is %+v", *got)
	}
}

// Whatever the words are, a line means something or is refused with a status; nothing is lost on the way to the real ip, and entering
// namespaces comes to an end.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"netns add x", "-n x link show", "-all netns exec true", "-b - -force", "-j -p netns list-id nsid 7",
		"netns attach x 010", "netns set x auto", "-f inet6 netns pids x", "-c=never -n a -n b -V", "netns identify 1 2",
	} {
		f.Add(strings.ReplaceAll(line, " ", "\x00"), false)
	}
	f.Fuzz(func(t *testing.T, line string, isNetns bool) {
		args := strings.Split(line, "\x00")
		for {
			call := ipgrammar.Parse(args, isNetns)
			switch call.Kind {
			case ipgrammar.Enter:
				if len(call.Args) >= len(args) {
					t.Fatalf("%q: nothing was taken off %q", args, call.Args)
				}
				args = call.Args
				continue
			case ipgrammar.Foreign:
				if !slices.Equal(call.Args, args) {
					t.Fatalf("%q is handed on as %q", args, call.Args)
				}
			case ipgrammar.Netns:
				checkRequest(t, call)
			case ipgrammar.File:
			}
			return
		}
	})
}

func checkRequest(t *testing.T, call *ipgrammar.Call) {
	t.Helper()
	r, err := ipgrammar.ParseNetns(call.Options, call.Args)
	if err != nil {
		var refused *ipgrammar.Error
		if !errors.As(err, &refused) || refused.Status == 0 || refused.Text == "" && !errors.Is(err, ipgrammar.ErrUsage) {
			t.Fatalf("%q: %#v", call.Args, err)
		}
		return
	}
	switch r.Command {
	case ipgrammar.Add, ipgrammar.Attach, ipgrammar.Set, ipgrammar.PIDs:
		if r.Name == "" || r.Name == "." || r.Name == ".." || len(r.Name) > 255 || strings.Contains(r.Name, "/") {
			t.Fatalf("%q: the name %q was let through", call.Args, r.Name)
		}
	case ipgrammar.Delete:
		if (r.Name == "") != call.All || strings.Contains(r.Name, "/") {
			t.Fatalf("%q: deletes %q", call.Args, r.Name)
		}
	case ipgrammar.Exec:
		if len(r.Argv) == 0 || (r.Name == "") != call.All {
			t.Fatalf("%q: %+v", call.Args, *r)
		}
	case ipgrammar.List, ipgrammar.ListID, ipgrammar.Help, ipgrammar.Identify, ipgrammar.Monitor:
	}
	if r.Command == ipgrammar.Set && r.Number < ipgrammar.Auto || r.Target != nil && *r.Target < 0 || r.Only != nil && *r.Only < 0 {
		t.Fatalf("%q: an id below zero", call.Args)
	}
}
