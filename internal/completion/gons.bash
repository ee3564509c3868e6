# bash completion for gons
#
# gons itself reads the line, and quotes what it offers: nothing that is on the line is evaluated here.

_gons() {
	local gons=gons kind
	local -a reply
	# What is on the line may be another gons than that in PATH.
	if [[ ${COMP_WORDS[0]} == */* && -x ${COMP_WORDS[0]} ]]; then
		gons=${COMP_WORDS[0]}
	fi
	mapfile -t reply < <("$gons" __tab bash "${COMP_TYPE:-9}" "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" \
		"${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
	kind=${reply[0]-}
	COMPREPLY=()
	case $kind in
	words | open)
		compopt -o nosort 2>/dev/null
		[[ $kind == open ]] && compopt -o nospace 2>/dev/null
		COMPREPLY=("${reply[@]:1}")
		;;
	files)
		compopt -o default 2>/dev/null
		;;
	dirs)
		compopt -o dirnames 2>/dev/null
		;;
	command\ *)
		_gons_command "${kind#command }"
		;;
	esac
}

# _gons_command INDEX: a command line of its own starts at COMP_WORDS[INDEX]. bash-completion completes that one; without it there are
# the names of commands, and files.
_gons_command() {
	local name
	for name in _comp_command_offset _command_offset; do
		if declare -F "$name" >/dev/null; then
			"$name" "$1"
			return
		fi
	done
	local word=${COMP_WORDS[COMP_CWORD]}
	if ((COMP_CWORD > $1)) || [[ $word == *[!A-Za-z0-9_.+-]* ]]; then
		compopt -o default 2>/dev/null
		return
	fi
	while IFS= read -r name; do
		COMPREPLY+=("$(printf %q "$name")")
	done < <(compgen -c -- "$word" | sort -u)
}

complete -F _gons gons
