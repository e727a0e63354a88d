# shellcheck shell=bash
# --isolate: what ends or holds up the child is an error of its input; an interrupt reaches it.
. "$(dirname "$0")/support.sh"

expect 0 simulate --kind spikes --duration 20 --size 5 --seed 3 -q -o long.nwb
expect 0 info long.nwb --isolate
says out "long.nwb: nwb"
head -c 3000 long.nwb >cut.nwb
expect 4 info cut.nwb --isolate
says err "truncated"
long=(hmm fit long.nwb --bin 0.001 --restarts 500 --max-iterations 20000 --tolerance 0 -q -o late.h5 --isolate)

# The child of process $1, once it is there.
child_of() {
    local children=""
    for _ in $(seq 100); do
        children=$(cat "/proc/$1/task/$1/children" 2>/dev/null) || true
        [ -z "$children" ] || break
        sleep 0.05
    done
    [ -n "$children" ] || fail "no child was started"
    echo "$children"
}

# A child that a signal ends.
"$ANA" "${long[@]}" >out 2>err &
parent=$!
child=$(child_of $parent)
sleep 0.5
# shellcheck disable=SC2086
kill -KILL $child
status=0
wait $parent || status=$?
[ "$status" -eq 4 ] || fail "a child that was killed gave $status"
says err "ended by signal 9"

# A child that takes too long.
expect 4 "${long[@]}" --time-limit 1
says err "longer than 1 s"

# An interrupt of the parent alone.
"$ANA" "${long[@]}" >out 2>err &
parent=$!
child=$(child_of $parent)
sleep 1
kill -INT $parent
status=0
wait $parent || status=$?
[ "$status" -eq 130 ] || fail "an interrupt of the parent gave $status"
# shellcheck disable=SC2086
! kill -0 $child 2>/dev/null || fail "the child outlived its parent"
[ ! -e late.h5 ] || fail "an interrupt left a result"
[ -z "$(find . -name '*late*')" ] || fail "an interrupt left a file"

# An interrupt of both, as a terminal gives it to those of one group.
status=0
timeout -s INT -k 20 2 "$ANA" "${long[@]}" >out 2>err || status=$?
[ "$status" -eq 124 ] || fail "an interrupt of a group gave $status"
says err "cancelled"
