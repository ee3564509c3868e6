package ipgrammar

import "strings"

// A Command is what follows "ip netns".
type Command string

// The commands. The value is the word that is shown in help.
const (
	List     Command = "list"
	ListID   Command = "list-id"
	Help     Command = "help"
	Add      Command = "add"
	Set      Command = "set"
	Delete   Command = "delete"
	Identify Command = "identify"
	PIDs     Command = "pids"
	Exec     Command = "exec"
	Monitor  Command = "monitor"
	Attach   Command = "attach"
)

// words are the words for commands in the order in which ip(8) tries them: "l" is list, "s" is show and not set, "a" is add and
// not attach.
var words = []struct {
	word string
	Command
}{
	{"list", List},
	{"show", List},
	{"lst", List},
	{"list-id", ListID},
	{"help", Help},
	{"add", Add},
	{"set", Set},
	{"delete", Delete},
	{"identify", Identify},
	{"pids", PIDs},
	{"exec", Exec},
	{"monitor", Monitor},
	{"attach", Attach},
}

// Lookup returns the command that ip(8) takes word for. An empty word is none.
func Lookup(word string) (Command, bool) {
	for _, w := range words {
		if means(word, w.word) {
			return w.Command, true
		}
	}
	return "", false
}

// means tells whether word is long, or the beginning of it.
func means(word, long string) bool { return word != "" && strings.HasPrefix(long, word) }
