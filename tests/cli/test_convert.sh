# shellcheck shell=bash
# From format to format: integers stay, losses are named, files are replaced only when asked.
. "$(dirname "$0")/support.sh"

# stored FILE: the exact statistics of each channel; units may be worded in another way.
stored() {
    "$ANA" info "$1" --stats --json 2>/dev/null | python3 -c '
import json, sys
for series in json.load(sys.stdin)["series"]:
    for c in series["channels"]:
        print(c["name"], c["n"], *(c["stored"][k] for k in ("sum", "min", "max")))'
}

expect 0 simulate --kind eeg --duration 20 --size 4 --seed 3 -o e.edf
stored e.edf >wanted
[ "$(wc -l <wanted)" -eq 4 ] || fail "four channels wanted"
expect 0 convert e.edf -o b.bdf
expect 0 convert b.bdf -o back.edf
expect 0 convert e.edf -o n.npz
expect 0 convert e.edf -o v.vhdr --lossy
expect 0 convert e.edf -o n.nwb --lossy
for file in b.bdf back.edf n.npz v.vhdr n.nwb; do
    stored "$file" >found
    cmp wanted found || fail "$file holds other integers"
    expect 0 validate "$file"
done

expect 4 convert e.edf -o b.bdf
says err "--overwrite replaces it"
expect 0 convert e.edf -o b.bdf --overwrite
expect 2 convert e.edf -o e.unknown
says err "the ending belongs to no format that is written"
expect 0 convert e.edf -o e.unknown --output-format bdf
expect 4 convert missing.edf -o x.bdf
[ ! -e x.bdf ] || fail "a file was left behind"

expect 0 simulate --kind calcium --duration 20 --size 4 --seed 3 -o c.nwb
expect 4 convert c.nwb -o c.edf
says err "rounded to steps"
[ -n "$(tail -n 1 err)" ] || fail "the list of losses ends in an empty line"
[ ! -e c.edf ] || fail "a lossy file was written without --lossy"
expect 0 convert c.nwb -o c.edf --lossy
says err "lost"
expect 0 convert c.nwb -o c.vhdr --lossy --json -q
python3 - <<'P'
import json, os
written = json.load(open("out"))
assert written["output"] == "c.vhdr" and written["format"] == "brainvision"
assert written["files"] == ["c.vhdr", "c.eeg", "c.vmrk"], written["files"]
assert written["bytes"] == sum(os.path.getsize(f) for f in written["files"])
assert written["losses"] and not any("lost" in loss for loss in written["losses"])
assert written["warnings"] == []
P
expect 0 convert c.nwb -o plane --output-format suite2p --lossy --json
python3 - <<'P'
import json, os
written = json.load(open("out"))
there = [os.path.join(d, f) for d, _, files in os.walk("plane") for f in files]
assert len(there) > 2 and sorted(there) == sorted(written["files"]), written["files"]
P
expect 0 preprocess e.edf --resample 125 -o resampled.nwb --lossy --json
says out '"format": "nwb"'
expect 0 simulate --kind eeg --duration 10 -o short.edf --json
says out '"losses": ['

expect 0 convert e.edf --channels C3,Cz --from 4 --to 6 -o part.edf
expect 0 info part.edf --json
python3 - <<'P'
import json
series, = json.load(open("out"))["series"]
assert [c["name"] for c in series["channels"]] == ["C3", "Cz"]
assert series["n_times"] == 500
P
