#compdef gons
# zsh completion for gons, as a function of fpath and to be sourced
#
# gons says what there is to offer, zsh quotes it: nothing that is on the line is evaluated here.

_gons() {
	local gons=gons current
	local -a reply closed closed_text open open_text ready ready_text
	# What is on the line may be another gons than that in PATH.
	[[ $words[1] == */* && -x $words[1] ]] && gons=$words[1]
	# A part of a word can end inside quotes, which (Q) would leave as it is.
	current=$QIPREFIX$IPREFIX$PREFIX${compstate[quote][-1]}
	current=${(Q)current}

	reply=("${(@0)"$($gons __tab zsh "${compstate[quote]}" "${(@Q)words[1,CURRENT-1]}" "$current" 2>/dev/null)"}")
	case $reply[1] in
	words)
		shift reply
		local state word text
		for state word text in "${(@)reply}"; do
			[[ -n $word ]] || continue
			case $state in
			open) open+=("$word") open_text+=("$text") ;;
			quoted) ready+=("$word") ready_text+=("$text") ;;
			*) closed+=("$word") closed_text+=("$text") ;;
			esac
		done
		local expl ret=1
		_description -V gons expl 'gons'
		(( $#closed )) && compadd "$expl[@]" -l -d closed_text -a -- closed && ret=0
		(( $#open )) && compadd "$expl[@]" -l -d open_text -S '' -a -- open && ret=0
		(( $#ready )) && compadd "$expl[@]" -l -d ready_text -Q -a -- ready && ret=0
		return ret
		;;
	files)
		_files
		;;
	dirs)
		_files -/
		;;
	command)
		# From here on the words are those of the command.
		compset -n "$reply[2]"
		_normal -p gons
		;;
	*)
		return 1
		;;
	esac
}

if [[ ${funcstack[1]-} == _gons ]]; then
	_gons "$@"
else
	compdef _gons gons
fi
