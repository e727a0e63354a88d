# shellcheck shell=bash
# What is in a file, how it looks and what is wrong with it: info, view and validate.
. "$(dirname "$0")/support.sh"

expect 0 simulate --kind eeg --duration 20 --size 4 --seed 3 -o e.edf
expect 0 simulate --kind spikes --duration 20 --size 5 --seed 3 -o s.nwb
expect 0 info e.edf
says out "e.edf: edf, 20 s"
says out "4 channels x 5000 samples at 250 Hz"
expect 0 info e.edf --verbose
says err "e.edf: read as edf"
grep -q '^[0-9.]* s$' err || fail "--verbose does not say how long it took"
expect 0 info e.edf --verbose --quiet
[ ! -s err ] || fail "--quiet is not"
expect 0 info e.edf --stats --json
python3 - <<'P'
import json
info = json.load(open("out"))
assert info["format"] == "edf" and info["duration_s"] == 20
series, = info["series"]
assert series["rate"] == 250 and series["n_times"] == 5000
assert series["segments"] == [{"start": 0, "n_times": 5000}]
for channel in series["channels"]:
    stored = channel["stored"]
    assert stored["dtype"] == "int32"
    assert channel["n"] == 5000 and channel["n_missing"] == 0
    scale = channel["gain"]
    assert abs(channel["sum"] - scale * stored["sum"] - 5000 * channel["offset"]) < 1e-6
    assert channel["min"] <= min(channel["first"] + channel["last"])
    assert channel["max"] >= max(channel["first"] + channel["last"])
P
expect 0 info e.edf --json
python3 - <<'P'
import json
channel = json.load(open("out"))["series"][0]["channels"][0]
assert sorted(channel) == ["gain", "kind", "name", "offset", "unit"]
P
expect 0 info e.edf --channels C3 --json
python3 - <<'P'
import json
assert [c["name"] for c in json.load(open("out"))["series"][0]["channels"]] == ["C3"]
P
expect 0 info e.edf --probe
[ "$(head -n 1 out | tr -s ' ')" = " 95 edf" ] || fail "edf does not fit best"

expect 0 view e.edf --ascii --width 60 --rows 1 --from 0 --to 5
says out "C3  "
says out "5.000 s"
[ "$(grep -c ' uV$' out)" -eq 4 ] || fail "not a line for each channel"
if LC_ALL=C grep -q '[^ -~]' out; then fail "more than ASCII"; fi
expect 0 view s.nwb --width 60 --max-channels 2
says out "(3 more units)"
expect 0 view e.edf -o view.svg
says view.svg "<svg"
expect 0 view e.edf --channels C3,Cz --from 2 --to 4 --json
python3 - <<'P'
import json
window = json.load(open("out"))
traces, = (v for v in window.values() if isinstance(v, dict) and v.get("$hint") == "line")
assert traces["labels"] == ["C3", "Cz"]
assert traces["y"]["shape"] == [2, 500] and traces["x"]["values"][0] == 2
P
expect 0 info e.edf --probe --json
python3 - <<'P'
import json
formats = json.load(open("out"))["formats"]
assert formats[0] == {"name": "edf", "score": 95}
P
expect 2 view e.edf --width 7

expect 0 validate e.edf
says out "nothing wrong found"
expect 0 validate s.nwb
head -c 3000 e.edf >cut.edf
expect 4 validate cut.edf
says out "byte 3000"
expect 4 info cut.edf
says err "byte 3000"
echo junk >junk.txt
expect 4 info junk.txt
says err "begins like none of the known formats"
: >empty
expect 4 info empty
says err "empty"
expect 4 validate empty
[ "$(grep -o 'byte 0' out | wc -l)" -eq 1 ] || fail "the place of a finding is said twice"
expect 4 info missing.edf
says err "missing.edf"
expect 2 info e.edf --format nonsense
says err "nonsense"
expect 2 info

# A clock that counts from elsewhere: how long it was, and from when to when.
awk 'BEGIN { print "time,a"; for (i = 0; i < 256; i++) printf "%.4f,%d\n", 1.5e9 + i / 128, i }' >late.csv
expect 0 info late.csv
says out "late.csv: csv, 2 s (1500000000 to 1500000002 s)"
