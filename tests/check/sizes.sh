#!/usr/bin/env bash
# Functions of at most 60 lines and complexity 20, files of at most 500 lines, headers of 250.
set -euo pipefail
status=0
found=$(git ls-files 'libanalysis/src/*.c' 'formats/src/*.c' 'models/src/*.c' 'cli/*.c' |
    xargs -r pmccabe 2>/dev/null | awk '$1 > 20 || $5 > 60 { print "complexity " $1 ", " $5 " lines: " $6 " " $7 }' || true)
[ -z "$found" ] || { printf '%s\n' "$found"; status=1; }
for limit in '500 libanalysis/src/*.c formats/src/*.c models/src/*.c cli/*.c' '250 libanalysis/include/*.h formats/include/*.h models/include/*.h'; do
    # shellcheck disable=SC2086
    set -- $limit
    most=$1
    shift
    found=$(git ls-files "$@" | xargs -r wc -l | awk -v most="$most" '$2 != "total" && $1 > most { print $2 ": " $1 " lines, at most " most }')
    [ -z "$found" ] || { printf '%s\n' "$found"; status=1; }
done
exit $status
