# shellcheck shell=bash
# Every command explains itself, and wrong use says what is right.
. "$(dirname "$0")/support.sh"

expect 0 help
commands=$(awk '/^  [a-z]/ { print substr($0, 3, 16) }' out | sed 's/ *$//')
[ "$(printf '%s\n' "$commands" | wc -l)" -ge 8 ] || fail "too few commands"
while read -r command; do
    # shellcheck disable=SC2086
    expect 0 help $command
    says out "Usage: ana $command"
    says out "Exit status:"
    says out "--json"
    ! grep -q ' $' out || fail "help $command has blanks at the ends of lines"
    cp out by_help
    # shellcheck disable=SC2086
    expect 0 $command --help
    cmp -s out by_help || fail "help $command and $command --help differ"
    # Man page and completion come from the same tables.
    # shellcheck disable=SC2086
    expect 0 $command --help-man
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning out >lint || {
            cat lint
            fail "the man page of $command"
        }
    fi
    # shellcheck disable=SC2086
    expect 0 $command --help-completion
    grep -qx -- --quiet out || fail "completion of $command"
    # shellcheck disable=SC2086
    expect 2 $command --no-such-option
    says err "there is no option --no-such-option"
done <<<"$commands"

# Completion, as bash asks for it.
completes() {
    local wanted=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _ana
    [[ " ${COMPREPLY[*]} " == *" $wanted "* ]] || fail "$* is completed by ${COMPREPLY[*]}, not by $wanted"
}
# shellcheck source=/dev/null
. "$ANA_SOURCE/cli/completion/ana.bash"
ana() { "$ANA" "$@"; }
: >a_file.edf
completes hmm ana h
completes fit ana hmm ""
completes --states ana hmm fit --st
completes --stats ana info --st
completes eeg ana simulate --kind ""
completes a_file.edf ana view a_
completes view ana help v
completes decode ana help hmm ""

expect 0 --version
says out "ana 0."
expect 2
expect 2 no-such-command
says err "there is no command no-such-command"
expect 2 inof
says err "did you mean info?"
expect 2 hm fit x.npy
says err "did you mean hmm?"
expect 2 hmm fitt x.npy
says err "did you mean hmm fit?"
expect 2 hmm
says err "ana hmm fit"
expect 2 hmm fit x.npy --stats
expect 2 hmm fit x.npy --state 3
says err "did you mean --states?"
expect 2 hmm fit x.npy --nope
! grep -q "did you mean" err || fail "a name that is not near is taken for one that is meant"
expect 2 hmm fit x.npy --states 0
says err "1 to 64"
expect 2 hmm fit x.npy --states
says err "--states needs a value"
expect 2 hmm fit
says err "needs INPUT..."
expect 2 info a b
