# Completion of ana for bash: commands from `ana help`, options and their choices from the commands' own tables.
_ana() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command words options choices at=1
    if [ "${COMP_WORDS[1]}" = help ] && [ "$COMP_CWORD" -gt 1 ]; then
        at=2
    fi
    if [ "$COMP_CWORD" -eq "$at" ]; then
        words=$(ana help 2>/dev/null | sed -n 's/^  \([a-z]*\).*/\1/p' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$words help" -- "$current")
        return
    fi
    command=${COMP_WORDS[at]}
    words=$(ana help 2>/dev/null | sed -n "s/^  $command \([a-z]*\) .*/\1/p")
    if [ -n "$words" ]; then
        if [ "$COMP_CWORD" -eq $((at + 1)) ]; then
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
        fi
        command="$command ${COMP_WORDS[at + 1]}"
    fi
    # A line for each option: its name, and the words that may follow it.
    # shellcheck disable=SC2086
    options=$(ana $command --help-completion 2>/dev/null)
    choices=$(awk -v name="$previous" '$1 == name { $1 = ""; print }' <<<"$options")
    if [ -n "${choices// /}" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(awk '{ print $1 }' <<<"$options") --help" -- "$current")
    elif [ "$at" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _ana ana
