package container

import (
	"errors"
	"strings"
	"testing"
)

const testID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestParse(t *testing.T) {
	docker := `{"Id":"` + testID + `","Name":"/web","State":{"Status":"running","Pid":7},` +
		`"NetworkSettings":{"SandboxKey":"/var/run/docker/netns/f8abf07d657c"},"HostConfig":{"NetworkMode":"default"}}`
	podman := `{"Id":"` + testID + `","Name":"db","State":{"Status":"exited","Pid":0},` +
		`"NetworkSettings":{"SandboxKey":""},"HostConfig":{"NetworkMode":"container:x"}}`
	got, err := parse([]byte("[" + docker + ",\n" + podman + "]\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Container{
		{ID: testID, Name: "web", Status: "running", PID: 7, Key: "/var/run/docker/netns/f8abf07d657c", Mode: "default"},
		{ID: testID, Name: "db", Status: "exited", Mode: "container:x"},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !got[0].running() || got[1].running() {
		t.Error("the first one is running, the second one is not")
	}
}

func TestIsReference(t *testing.T) {
	for ref, want := range map[string]bool{
		"web": true, "/web": true, "a_b.c-d": true, testID: true, "0": true,
		"": false, "/": false, "//web": false, "-web": false, "--help": false, "a/b": false, "../version": false, "a b": false,
		"a?all=1": false, "a%2fb": false, "$(id)": false, "a\x00": false, "wéb": false, ".": false, strings.Repeat("a", 5000): false,
	} {
		if got := isReference(ref); got != want {
			t.Errorf("isReference(%q) = %v, want %v", ref, got, want)
		}
	}
}

// FuzzParse checks that no answer of an engine makes a container that the rest of the program could not trust.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"Id":"` + testID + `","Name":"/web","State":{"Status":"running","Pid":7}}]`))
	f.Add([]byte(`[{"Id":"` + testID + `","Name":"web","NetworkSettings":{"SandboxKey":"/x"},"HostConfig":null}]`))
	f.Add([]byte(`[]`))
	f.Add([]byte(`null`))
	f.Add([]byte(`[{"State":{"Pid":1e99}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := parse(data)
		if err != nil && !errors.Is(err, ErrAnswer) {
			t.Errorf("the error is not ErrAnswer: %v", err)
		}
		for _, c := range found {
			if !isID(c.ID) || !isReference(c.Name) || c.PID < 0 || c.Key != "" && c.Key[0] != '/' {
				t.Errorf("parse let through %+v", c)
			}
		}
	})
}

func FuzzComplaint(f *testing.F) {
	f.Add("Error response from daemon: No such container: web")
	f.Add("")
	f.Add(strings.Repeat("\xff", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		err := complaint(text, errors.New("exit status 1"))
		if err == nil || strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("complaint(%q) = %v", text, err)
		}
	})
}
