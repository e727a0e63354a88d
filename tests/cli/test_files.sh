# shellcheck shell=bash
# Full disks, folders that are not there, interrupted writes: a clear error, exit 4, nothing lost.
. "$(dirname "$0")/support.sh"

expect 0 simulate --kind spikes --duration 30 --size 4 --seed 1 -o s.nwb
expect 4 simulate --kind spikes --duration 30 --size 4 -o no/such/folder/s.nwb
says err "no/such/folder"
# A full disk behind stdout.
if [ -w /dev/full ]; then
    status=0
    "$ANA" info s.nwb --json >/dev/full 2>err || status=$?
    [ "$status" -eq 4 ] || fail "a full disk gave $status"
fi
# A full file system: the old file stays as it was.
if mkdir -p tiny && mount -t tmpfs -o size=8k tmpfs tiny 2>/dev/null; then
    echo old >tiny/fit.h5
    status=0
    "$ANA" hmm fit s.nwb --bin 0.05 --restarts 1 --allow-nonconverged -q --overwrite -o tiny/fit.h5 >out 2>err || status=$?
    left=$(find tiny -type f | wc -l)
    content=$(head -c 3 tiny/fit.h5)
    umount tiny
    [ "$status" -eq 4 ] || fail "a full file system gave $status: $(cat err)"
    [ "$left" -eq 1 ] || fail "a full file system leaves a temporary file behind"
    [ "$content" = old ] || fail "a full file system lost the old file"
else
    echo "no tmpfs to be had: the full file system is not tried"
fi
# Interrupted while it works: exit 130, and nothing but what was there.
"$ANA" hmm fit s.nwb --bin 0.001 --restarts 500 --max-iterations 20000 --tolerance 0 -q -o late.h5 >out 2>err &
child=$!
sleep 1
kill -INT $child
status=0
wait $child || status=$?
[ "$status" -eq 130 ] || fail "an interrupt gave $status"
[ ! -e late.h5 ] || fail "an interrupt left a result"
[ -z "$(find . -name '*late*')" ] || fail "an interrupt left a file"
# Also within one long restart, between its iterations: timeout sends it (and gives 124), and 20 s later a kill (137).
"$ANA" simulate --kind spikes --duration 600 --size 30 --seed 2 -q -o long.nwb
status=0
timeout --foreground -s INT -k 20 2 "$ANA" hmm fit long.nwb --bin 0.01 --restarts 1 --states 4 \
    --max-iterations 100000 --tolerance 0 -q -o late.h5 --progress none >out 2>err || status=$?
says err "cancelled"
[ "$status" -eq 124 ] || fail "an interrupt within a restart gave $status"
