# shellcheck shell=bash
# Decisions on live signals: replayed, through a pipe as frames and as CSV, and every way to end.
. "$(dirname "$0")/support.sh"

# holds EXPRESSION: true of the lines of JSON in out, called `l`; the last is `s`.
holds() {
    /usr/bin/python3 -c "
import json, sys
l = [json.loads(x) for x in open('out')]
s = l[-1]
sys.exit(0 if ($1) else 1)" || {
        tail -2 out >&2
        fail "not: $1"
    }
}

# pipe STATUS SOURCE WORDS...: `SOURCE | ana bci stream WORDS...` exits with that status.
pipe() {
    local wanted=$1 source=$2 status=0
    shift 2
    bash -c "$source" 2>/dev/null | { "$ANA" bci stream "$@" >out 2>err || status=$?; echo "$status" >status; } || true
    [ "$(cat status)" -eq "$wanted" ] || {
        cat err >&2
        fail "$source | ana bci stream $* exited with $(cat status), wanted $wanted"
    }
}

# same FILE: the same answers as in out, but for how long they took.
same() {
    cmp -s <(grep -v summary out | sed 's/,"latency_ms.*//') <(grep -v summary "$1" | sed 's/,"latency_ms.*//') ||
        fail "other answers than in $1"
}

# patch FILE OFFSET BYTES TO: a copy with other bytes there.
patch() {
    cp "$1" "$4"
    printf '%b' "$3" | dd of="$4" bs=1 seek="$2" conv=notrunc status=none
}

expect 0 simulate --kind eeg --duration 120 --size 4 --seed 3 -q -o one.edf
expect 0 simulate --kind eeg --duration 40 --size 4 --seed 4 -q -o two.edf
cut=(--window-from 0.5 --window-to 2.496)
expect 0 bci fit one.edf "${cut[@]}" --pipeline 'band 8-30 phase=causal | cov oas | mdm' --gate 8 -o m.h5
says out "threshold: 8"

# A replay, and what it says of itself.
expect 0 bci stream m.h5 --replay two.edf
cp out replayed
holds 'l[0]["type"] == "start" and l[0]["rate"] == 250 and l[0]["window"] == 2 and l[0]["unit"] == "uV" and l[0]["step"] == 0.1'
holds 's["type"] == "summary" and s["decisions"] + s["gated"] == len(l) - 2 and s["decisions"] > 300'
holds '"warning" not in s and s["drops"] == 0 and s["gaps"] == 0 and s["latency_median_ms"] < 50 and s["jitter_ms"] is None'
holds 'all(set(x["scores"]) == {"left hand", "right hand"} and x["class"] == max(x["scores"], key=x["scores"].get) for x in l[1:-1] if x["type"] == "decision")'
holds 'abs(l[2]["time"] - l[1]["time"] - 0.1) < 1e-9 and s["ended_by"] == "the source'"'"'s end"'
expect 0 bci stream m.h5 --replay two.edf --speed 40 --step 0.5
holds '70 < s["decisions"] + s["gated"] < 80 and s["jitter_ms"] >= 0'

# Through a pipe: the same answers.
"$ANA" bci stream m.h5 --replay two.edf --as-frames >frames
pipe 0 "cat frames" m.h5
same replayed
pipe 0 "head -c 3000 frames; sleep 0.3; tail -c +3001 frames" m.h5
same replayed
/usr/bin/python3 - <<'END'
import struct
b = open('frames', 'rb').read()
names, rows, at = None, [], 0
while at < len(b):
    _, _, kind, c, n, _, _ = struct.unpack_from('<4sHHIIQd', b, at)
    at += 32
    if kind == 1:
        names = b[at:at + n].decode().split('\0')[:-1]
        at += n
    else:
        v = struct.unpack_from('<%dd' % (c * n), b, at)
        rows += [v[i * c:(i + 1) * c] for i in range(n)]
        at += 8 * c * n
assert len(names) == 4 and len(rows) == 10000, (names, len(rows))
def write(path, rows, names, order):
    with open(path, 'w') as f:
        f.write(','.join(names[i] for i in order) + '\n')
        for r in rows:
            f.write(','.join(repr(r[i]) for i in order) + '\n')
write('lines.csv', rows, names, range(4))
write('turned.csv', [r + (1.0,) for r in rows], names + ['marker'], [4, 2, 0, 3, 1])
write('milli.csv', [[v / 1024 for v in r] for r in rows], names, range(4))
write('holes.csv', [['' if i == 3000 and c == 1 else v for c, v in enumerate(r)] for i, r in enumerate(rows)], names, range(4))
END
sed -i "s/''//" holes.csv
pipe 0 "cat lines.csv" m.h5 --stdin csv
same replayed
pipe 0 "cat turned.csv" m.h5 --stdin csv
same replayed
pipe 0 "cat milli.csv" m.h5 --stdin csv --scale 1024
same replayed

# What is missing is told, and a new window begins behind it.
pipe 0 "cat holes.csv" m.h5 --stdin csv
holds 'sum(x["type"] == "gap" for x in l) == 1 and s["gaps"] == 1 and s["missing_samples"] == 1'
holds '[x for x in l if x["type"] == "gap"][0]["time"] == 12'
header=$((32 + $(head -c 16 frames | od -An -tu4 -j12 -N4)))
frame=$((32 + 25 * 4 * 8))
pipe 0 "head -c $((header + 100 * frame)) frames; tail -c +$((header + 103 * frame + 1)) frames" m.h5
holds 's["drops"] == 3 and s["gaps"] == 1 and s["missing_samples"] == 75'
holds '[x["frames"] for x in l if x["type"] == "drop"] == [3]'
sed '1q' lines.csv >flat.csv
for _ in $(seq 2000); do echo 1,2,3,4; done >>flat.csv
pipe 0 "cat flat.csv" m.h5 --stdin csv
holds 's["decisions"] == 0 and s["gated"] > 10 and "has been constant" in l[1]["reason"]'

# A source that dies or lies: a sentence, the summary and the model.
pipe 4 "head -c 20000 frames" m.h5 -o died.h5
says err "bytes into the frame at byte"
holds 'l[0]["type"] == "start" and s["type"] == "summary" and s["ended_by"] == "an error"'
holds '"bytes into the frame at byte" in s["reason"]'
expect 0 info died.h5
patch frames $((header + 50 * frame)) 'NOPE' magic
pipe 4 "cat magic" m.h5
says err "byte $((header + 50 * frame)): no frame of version 1 begins there"
patch frames $((header + 50 * frame + 8)) '\x05' channels
pipe 4 "cat channels" m.h5
says err "a frame of 5 channels, but the header says 4"
pipe 4 "sed '500s/.*/1,2/' lines.csv" m.h5 --stdin csv
says err "line 500 has 2 numbers, but there are 4 channels"
pipe 4 "true" m.h5 -o never.h5
says err "before it said its channels"
[ ! -s out ] || fail "a session was begun of a source that was never understood"
[ ! -e never.h5 ] || fail "a model was saved of a session that never began"
pipe 1 "sed '1s/C3/C5/' lines.csv" m.h5 --stdin csv
says err "the model learned from channel C3"
[ ! -s out ] || fail "a session was begun of other channels"
patch frames 24 '\0\0\0\0\0\0\x60\x40' slower
pipe 1 "cat slower" m.h5
says err "signals of 128 Hz, but the model learned from 250 Hz"

# Nobody reads any more.
status=0
{ "$ANA" bci stream m.h5 --replay two.edf -o unread.h5 2>err || status=$?; echo "$status" >status; } | head -n 3 >out || true
[ "$(cat status)" -eq 4 ] || fail "a reader that went away: status $(cat status)"
says err "nobody reads any more"
expect 0 info unread.h5

# An interrupt: at once, also while nothing comes.
mkfifo fifo
{
    head -c $header frames
    exec sleep 30
} >fifo &
sleeper=$!
"$ANA" bci stream m.h5 -o stopped.h5 <fifo >out 2>err &
child=$!
for _ in $(seq 100); do
    grep -q start out && break
    sleep 0.05
done
kill -INT $child
status=0
wait $child || status=$?
kill $sleeper
[ "$status" -eq 130 ] || fail "an interrupt: status $status"
says err "stopped by the user"
holds 's["type"] == "summary" and s["ended_by"] == "the user"'
expect 0 info stopped.h5
expect 4 bci stream m.h5 --replay two.edf -o stopped.h5
says err "stopped.h5"

expect 4 bci stream m.h5 --replay two.edf -o nowhere/a.h5
says err "nowhere/a.h5: its folder is not there"
[ ! -s out ] || fail "a session whose end cannot be saved has begun"

# Against the events.
expect 0 bci stream m.h5 --replay two.edf --scores scores.json
holds 's["accuracy"] > 0.3 and 0 < s["normalised_mcc"] < 1 and s["scored"] > 100'
/usr/bin/python3 -c "
import json
r = json.load(open('scores.json'))
assert r['schema'] == 'bci-pseudo-online' and r['n_events_answered_right'] == r['n_events'] == 5, r['n_events']
v = r['confusion']['values']['values']
assert v[0][0] > 3 * v[0][1] and v[1][1] > 3 * v[1][0], v
" || fail "scores.json"
expect 0 bci stream m.h5 --replay two.edf --scores scores.html --idle-below 0.6 --events 'left*=left hand,right*=right hand'
grep -q "taken for which" scores.html || fail "scores.html"
expect 1 bci stream m.h5 --replay two.edf --scores other.json --events 'left hand=a,right hand=b'
says err "no event is of a class of the model"

# A field as the gate: p, and z of each potato.
field='1-8: Fp1; 20-40 : C3,C4; 1-40'
expect 0 bci fit one.edf "${cut[@]}" --pipeline 'band 8-30 phase=causal | cov oas | mdm' --gate-field "$field" --gate-p 0.3 -o f.h5
says out "field: 1-8: Fp1; 20-40: C3,C4; 1-40"
expect 0 bci stream f.h5 --replay two.edf --gate-rate 0.01 -o g.h5
holds 'l[0]["gate"] == {"p": 0.3} and l[0]["gate_field"] == "1-8: Fp1; 20-40: C3,C4; 1-40"'
holds 'all(list(x["z"]) == ["1-8: Fp1", "20-40: C3,C4", "1-40"] and (x["p"] < 0.3) == (x["type"] == "gated") for x in l[1:-1])'
holds 's["gated"] > 0 and s["decisions"] > 0'
expect 0 bci stream g.h5 --replay two.edf --gate-p 1e-9 --scores field.json
holds 's["gated"] == 0 and l[0]["gate"] == {"p": 1e-9}'
grep -q '"p"' field.json || fail "no p in the scores"
expect 1 bci stream f.h5 --replay two.edf --gate-z 3
says err "the gate is a field"
expect 1 bci stream m.h5 --replay two.edf --gate-p 0.1
says err "one potato"
expect 2 bci fit one.edf "${cut[@]}" --gate-field '1-8: Fp1; 2040'
says err 'character 11, "2040"'
expect 1 bci fit one.edf "${cut[@]}" --gate-field '1-8: Fp7'
says err "the pipeline learned from C3, C4, Cz, Fp1"

# A gate that does not fit the signals of the day: most windows are set aside, and it says so.
advice="set [0-9]* of 375 windows aside: it was learned on signals unlike these"
expect 0 bci stream m.h5 --replay two.edf --gate-z 0.01 --scores aside.html
holds '2 * s["gated"] > 375 and "--gate-rate 0.02" in s["warning"] and "(--gate-z 0." in s["warning"]'
grep -q "warning: the gate $advice" err || fail "no warning of the gate"
grep -q '>Warning<' aside.html && grep -q "the gate $advice" aside.html || fail "no warning in the report"

# A model that adapts is saved as it is by then.
expect 0 bci fit one.edf "${cut[@]}" --pipeline 'band 8-30 phase=causal | cov oas | recentre | mdm' -o r.h5
expect 0 bci stream r.h5 --replay two.edf --centre-rate 0.05 -o adapted.h5
[ "$("$ANA" info r.h5 --json | wc -c)" -gt 0 ]
expect 0 bci stream adapted.h5 --replay two.edf

# Models that are not for live signals, and wrong use.
expect 0 bci fit one.edf "${cut[@]}" --pipeline 'band 8-30 | cov oas | mdm' -o z.h5
expect 1 bci stream z.h5 --replay two.edf
says err 'learn with "band 8-30 phase=causal"'
expect 1 bci stream m.h5 --replay two.edf --series nothing
expect 2 bci stream m.h5 --as-frames
says err "--replay RECORDING"
expect 2 bci stream m.h5 --scores s.json
expect 2 bci stream m.h5 --replay two.edf --events a
expect 2 bci stream m.h5 --replay two.edf --scores s.png
expect 2 bci stream m.h5 --replay two.edf --as-frames -o s.h5
expect 2 bci stream m.h5 --replay two.edf --step -1
expect 4 bci stream two.edf --replay two.edf
