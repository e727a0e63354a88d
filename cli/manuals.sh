#!/usr/bin/env bash
# manuals.sh ANA FOLDER: a man page for each command, from its own option tables, into FOLDER.
set -euo pipefail
ana=$1
mkdir -p "$2"
cd "$2"
rm -f ./*.1
commands=$("$ana" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p')
{
    printf '.TH "ana" 1 "2026-11-23" "libanalysis" "User commands"\n.SH NAME\nana \\- analysis of neural recordings\n'
    printf '.SH SYNOPSIS\n.B ana\nCOMMAND [OPTIONS] FILE...\n.SH DESCRIPTION\n'
    printf 'Files of spikes, calcium and EEG go into one time\\-series container; analyses come out.\n.SH COMMANDS\n'
    while read -r command; do
        printf '.TP\n.BR ana\\-%s (1)\n%s\n' "${command// /\\-}" \
            "$("$ana" help | sed -n "s/^  $command  *\([A-Z].*\)/\1/p" | sed 's/-/\\-/g')"
    done <<<"$commands"
} >ana.1
while read -r command; do
    # shellcheck disable=SC2086
    "$ana" $command --help-man >"ana-${command// /-}.1"
done <<<"$commands"
