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
holds 'len(r["topography"]["labels"]) == 21'
holds 'r["features"]["values"]["shape"] == [42, 21, 27]'

expect 0 bci features one.edf --spectrum burg --segment 0.5 --channels 'C*' --window-from -1 --window-to 4 \
    --baseline-to 0 --highest 14 -o erd.h5
expect 0 report erd.h5 -o erd.html
grep -q "Desynchronisation at C" erd.html || fail "the page lacks the maps of desynchronisation"
expect 0 bci features one.edf --feature connectivity --measure wpli --channels C3,C4,Cz --select 0 --json
holds '"selection" not in r and r["features"]["feature"] == "node strength"'
expect 0 bci features one.edf --feature complexity --select 2 --classes 'right hand,left hand' --json
holds 'r["first_class"] == "right hand" and r["selection"]["n_best"] == 2'

expect 1 bci features one.edf --events 'left hand'
says err "the trials have 1 classes"
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
