# shellcheck shell=bash
# Sourced by the tests of the program. ANA is the program, FOLDER an empty folder to work in.
set -euo pipefail
rm -rf "$FOLDER"
mkdir -p "$FOLDER"
cd "$FOLDER"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# expect STATUS WORDS...: `ana WORDS...` exits with that status; its output is in out and err.
expect() {
    local wanted=$1 status=0
    shift
    "$ANA" "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$wanted" ] || {
        cat err >&2
        fail "ana $* exited with $status, wanted $wanted"
    }
}

# says FILE PIECE: the file holds the piece.
says() {
    grep -qF -- "$2" "$1" || {
        cat "$1" >&2
        fail "does not say: $2"
    }
}
