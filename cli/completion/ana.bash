# Completion of ana for bash: commands from `ana help`, options from the commands' own tables.
_ana() {
    local current=${COMP_WORDS[COMP_CWORD]} command words
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(ana help 2>/dev/null | sed -n 's/^  \([a-z]*\).*/\1/p' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$words help" -- "$current")
        return
    fi
    command=${COMP_WORDS[1]}
    words=$(ana help 2>/dev/null | sed -n "s/^  $command \([a-z]*\) .*/\1/p")
    if [ -n "$words" ]; then
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
        fi
        command="$command ${COMP_WORDS[2]}"
    fi
    if [[ $current == -* ]]; then
        # shellcheck disable=SC2086
        mapfile -t COMPREPLY < <(compgen -W "$(ana $command --help-completion 2>/dev/null) --help" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _ana ana
