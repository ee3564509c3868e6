package completion

import _ "embed" // the scripts

// The scripts. What is embedded costs nothing at the start of the program: it is read when it is used.
var (
	//go:embed gons.bash
	bashScript string
	//go:embed gons.zsh
	zshScript string
	//go:embed gons.fish
	fishScript string
)

// Script returns the script that makes a shell complete the command lines of gons, and "" for a shell that is not known.
func Script(shell string) string {
	switch shell {
	case "bash":
		return bashScript
	case "zsh":
		return zshScript
	case "fish":
		return fishScript
	}
	return ""
}
