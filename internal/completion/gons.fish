# fish completion for gons
#
# gons says what there is to offer, fish quotes it: nothing that is on the line is evaluated here.

# Prints what can stand at the cursor, in fields that end in a NUL.
function __gons_complete
    set -l words
    for token in (commandline -opc)
        set -a words $token
    end
    set -l current (commandline -ct)
    # The token can end inside quotes.
    set -l plain (string unescape -- $current)
    or set plain (string unescape -- $current"'")
    or set plain (string unescape -- $current'"')
    or set plain $current
    test (count $plain) -eq 1
    or set plain $current

    set -l gons gons
    string match -q '*/*' -- $words[1]
    and test -x $words[1]
    and set gons $words[1]

    set -l quote (string match -r '^["\']' -- $current)
    set -l reply ($gons __tab fish "$quote" $words "$plain" 2>/dev/null | string split0)
    switch "$reply[1]"
        case words
            printf '%s\0' $reply[2..-1]
        case files
            __fish_complete_path $current | string join0
        case dirs
            __fish_complete_directories $current '' | string join0
        case command
            # A command line of its own starts at this word.
            set -l line (string escape -- $words[$reply[2]..-1]) $current
            complete -C (string join ' ' -- $line) | string join0
    end
end

complete -c gons -f -k -a '(__gons_complete | string split0)'
