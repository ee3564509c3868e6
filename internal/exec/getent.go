package exec

import (
	"io"
	"os"
	"strings"
)

// askUser finds a user whom only a directory service knows. It is nil if none does.
func askUser(name string) *Account {
	fields := strings.Split(ask("getent", "passwd", name), ":")
	if len(fields) < 7 { // name:password:uid:gid:comment:home:shell
		return nil
	}
	uid, ok1 := parseID(fields[2])
	gid, ok2 := parseID(fields[3])
	if !ok1 || !ok2 || !isAnswer(name, fields[0], fields[2]) {
		return nil
	}
	a := &Account{UID: uid, GID: gid, Name: fields[0], Home: fields[5]}
	for _, word := range strings.Fields(ask("id", "-G", a.Name)) {
		if id, ok := parseID(word); ok {
			a.Groups = append(a.Groups, id)
		}
	}
	return a
}

// isAnswer tells whether getent found what it was asked for: it takes "+1" for 1 too.
func isAnswer(asked, name, id string) bool { return asked == name || asked == id }

// ask runs a program that asks the C library, which a static binary does not have, and returns its first line. It is
// empty if there is no such program or it does not know.
func ask(argv ...string) string {
	if strings.HasPrefix(argv[len(argv)-1], "-") {
		return "" // a name that would be an option
	}
	out, in, err := os.Pipe()
	if err != nil {
		return ""
	}
	defer out.Close()
	attr := &os.ProcAttr{Env: []string{"PATH=" + toolPath, "LC_ALL=C"}, Files: []*os.File{nil, in, nil}}
	var child *os.Process
	err = execute(argv[0], argv, attr.Env, func(path string, argv []string) error {
		child, err = os.StartProcess(path, argv, attr)
		return err
	})
	in.Close()
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(out)
	if state, err := child.Wait(); err != nil || !state.Success() {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// toolPath is where the machine's own programs are.
const toolPath = "/usr/bin:/bin:/usr/sbin:/sbin"
