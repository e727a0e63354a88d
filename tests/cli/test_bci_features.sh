# shellcheck shell=bash
# What tells imagined movements of the left hand from those of the right, and wrong use.
. "$(dirname "$0")/support.sh"

# holds EXPRESSION: true of the JSON in out, called `r`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); sys.exit(0 if ($1) else 1)" ||
        fail "not: $1"
}

expect 0 simulate --kind eeg --duration 170 --size 21 --seed 3 -o one.edf
expect 0 simulate --kind eeg --duration 170 --size 21 --seed 4 -o two.edf

expect 0 bci features one.edf two.edf --max-frequency 30 --json
holds 'r["schema"] == "trial features" and r["n_first"] + r["n_second"] == 42'
holds 'r["largest_r2_at_channel"] in ("C3", "C4") and r["largest_r2_at"] in ("9 Hz", "10 Hz", "11 Hz")'
holds 'r["selection"]["n_folds"] == 2 and r["selection"]["balanced_accuracy"] > 0.9'
holds 'r["selection"]["chance"] == max(r["n_first"], r["n_second"]) / 42 < r["selection"]["chance_bound"]'
holds 'len(r["topography"]["labels"]) == 21'
holds 'r["features"]["values"]["shape"] == [42, 21, 27]'

expect 0 bci features one.edf --spectrum burg --segment 0.5 --channels 'C*' --window-from -1 --window-to 4 \
    --baseline-to 0 --erd-max-frequency 14 -o erd.h5
expect 0 report erd.h5 -o erd.html
grep -q "Desynchronisation at C" erd.html || fail "the page lacks the maps of desynchronisation"
expect 0 bci features one.edf --feature connectivity --measure wpli --channels C3,C4,Cz --select 0 --json
holds '"selection" not in r and r["features"]["feature"] == "node strength"'
expect 0 bci features one.edf --feature complexity --select 2 --classes 'right hand,left hand' --json
holds 'r["first_class"] == "right hand" and r["selection"]["n_best"] == 2'

expect 1 bci features one.edf --events 'left hand'
says err "the trials have 1 class (left hand)"
expect 2 bci features one.edf --classes 'left hand'
says err "two names with a comma"
expect 2 bci features one.edf --classes 'left hand,left hand'
expect 1 bci features one.edf --classes 'left hand,feet'
says err 'no trial is of class "feet"'
expect 1 bci features one.edf --select 100000
says err "the best 100000 of"
expect 1 bci features one.edf --baseline-to 9
says err "a baseline from"
expect 2 bci features one.edf --feature colour
expect 4 bci features nowhere.edf

# Real recordings: the rhythms over the hand areas weaken while a hand is imagined, in the hemisphere
# opposite to it; and what is looked at flickers in the occipital cortex.
eeg=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg
if [ -e "$eeg/eegmmidb/S001/S001R04.edf" ]; then
    expect 0 bci features "$eeg"/eegmmidb/S001/S001R{04,08,12}.edf --events T1=left,T2=right \
        --channels 'C3*,C4*' --window-from -2 --window-to 4 --baseline-from -1.5 --baseline-to -0.5 --json
    /usr/bin/python3 - <<'PYTHON' || fail "no desynchronisation over the hand areas"
import json
change = json.load(open("out"))["erd"]["change"]
def mean(label, channel, low, high):
    rows = change["values"]["values"][label][channel]
    picked = [v for row, hz in zip(rows, change["frequency"]["values"]) if low <= hz <= high
              for v, t in zip(row, change["time"]["values"]) if 0.5 < t < 3.5]
    return sum(picked) / len(picked)
LEFT, RIGHT, C3, C4 = 0, 1, 0, 1
for low, high in ((8, 13), (15, 30)):
    assert mean(RIGHT, C3, low, high) < -0.1, (low, high)
    assert mean(RIGHT, C3, low, high) < mean(LEFT, C3, low, high)
assert mean(LEFT, C4, 8, 13) < -0.1 and mean(LEFT, C4, 8, 13) < mean(RIGHT, C4, 8, 13)
PYTHON
fi
gdf="$eeg/ssvep_exo/subject02/record-[2012.07.19-17.41.14].gdf"
if [ -e "$gdf" ]; then
    expect 0 bci features "$gdf" --classes 33025,33026 --window-from 1 --window-to 5 --segment 2 --linear \
        --select 0 --json
    /usr/bin/python3 - <<'PYTHON' || fail "no flicker in the occipital cortex"
import json, statistics
features = json.load(open("out"))["features"]
hz = features["frequency"]["values"]
oz = features["channel"].index("Oz")
def share(label, frequency):
    trials = [t[oz] for t, l in zip(features["values"]["values"], features["label"]) if l == label]
    mean = [sum(column) / len(trials) for column in zip(*trials)]
    return mean[hz.index(frequency)] / statistics.median(mean)
looked_at = {"33025": 13.0, "33026": 21.0, "33027": 17.0}
for label, frequency in looked_at.items():
    assert share(label, frequency) > max(share(o, frequency) for o in looked_at if o != label), label
PYTHON
fi
