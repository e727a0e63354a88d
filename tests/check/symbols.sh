#!/usr/bin/env bash
# The exported symbols are those listed in symbols.txt; `symbols.sh --update` rewrites the list.
# Declared means exported: the list is held against the headers here, and against the built library
# by the test check.symbols.
set -euo pipefail
here=$(dirname "$0")
declared=$(git ls-files '*/include/*.h' | xargs cat | tr '\n' ' ' | grep -oE 'ANA_API[^;{]*[;{]' |
    sed -E 's/ANA_(USE_RESULT|PRINTF\([0-9], [0-9]\))//g; s/\(.*//; s/\[.*//; s/;.*//' | grep -oE 'ana_[a-z0-9_]+ *$' | tr -d ' ' | LC_ALL=C sort -u)
if [ "${1:-}" = --update ]; then
    printf '%s\n' "$declared" >"$here/symbols.txt"
    exit 0
fi
diff -u "$here/symbols.txt" <(printf '%s\n' "$declared") || {
    echo "the headers export something else than tests/check/symbols.txt lists; if that is meant: bash tests/check/symbols.sh --update"
    exit 1
}
