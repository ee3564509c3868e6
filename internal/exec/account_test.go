package exec

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

func TestLookupAccount(t *testing.T) {
	root, err := LookupAccount("root")
	if err != nil || root.UID != 0 || root.Name != "root" || root.Home == "" {
		t.Errorf("root is %+v, %v", root, err)
	}
	byNumber, err := LookupAccount("0")
	if err != nil || !reflect.DeepEqual(byNumber, root) {
		t.Errorf("0 is %+v, %v, want %+v", byNumber, err, root)
	}
	unknown, err := LookupAccount("4000000000")
	if want := (&Account{UID: 4000000000, GID: 4000000000}); err != nil || !reflect.DeepEqual(unknown, want) {
		t.Errorf("4000000000 is %+v, %v, want %+v", unknown, err, want)
	}
	withGroup, err := LookupAccount("4000000000:root")
	if err != nil || withGroup.GID != 0 {
		t.Errorf("4000000000:root is %+v, %v", withGroup, err)
	}
	for spec, want := range map[string]error{
		"no-such-user": ErrNoUser, "": ErrNoUser, ":0": ErrNoUser, "-1": ErrNoUser, "4294967295": ErrNoUser, "+1": ErrNoUser,
		"root:no-such-group": ErrNoGroup, "root:": ErrNoGroup, "--help": ErrNoUser,
	} {
		if a, err := LookupAccount(spec); !errors.Is(err, want) {
			t.Errorf("%q is %+v, %v, want %v", spec, a, err, want)
		}
	}
}

func TestCaller(t *testing.T) {
	if _, err := Caller([]string{"SUDO_UID=1"}); !errors.Is(err, ErrNoCaller) {
		t.Errorf("got %v, want ErrNoCaller", err)
	}
	a, err := Caller([]string{"SUDO_UID=4000000000", "SUDO_GID=7", "SUDO_USER=someone"})
	if want := (&Account{UID: 4000000000, GID: 7, Name: "someone"}); err != nil || !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v, %v, want %+v", a, err, want)
	}
	env := CallerEnv([]string{"SUDO_UID=1", "A=b"})
	if want := []string{"A=b"}; !slices.Equal(env, want) {
		t.Errorf("the environment is %q, want %q", env, want)
	}
}

func TestAccountEnv(t *testing.T) {
	env := []string{"HOME=/root", "USER=root", "LOGNAME=root", "A=b"}
	if got, want := (&Account{Name: "me", Home: "/home/me"}).Env(env), []string{"A=b", "HOME=/home/me", "USER=me", "LOGNAME=me"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (&Account{}).Env(env), []string{"A=b", "HOME=/"}; !slices.Equal(got, want) {
		t.Errorf("without a name got %q, want %q", got, want)
	}
}
