# shellcheck shell=bash
# Order and lag of augmented covariances, and wrong use.
. "$(dirname "$0")/support.sh"

# holds EXPRESSION: true of the JSON in out, called `r`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); sys.exit(0 if ($1) else 1)" ||
        fail "not: $1"
}

expect 0 simulate --kind eeg --duration 170 --size 21 --seed 3 -o one.edf
few=(--channels 'C3,C4,Cz' --max-order 3 --max-lag 4)

expect 0 bci select one.edf "${few[@]}" --json
holds 'r["schema"] == "lag selection" and r["metric"] == "roc-auc" and r["score"] > 0.8'
holds 'r["chance"] == 0.5 and sum(r["class_counts"]["values"]) == r["n_trials"] and "highest of 9" in r["note"]'
holds 'r["score_map"]["values"]["shape"] == [3, 4] and r["pairs"]["order"]["shape"] == [9]'
holds 'len(r["classes"]) == 2 and abs(r["lag_s"]["value"] - r["lag"]["value"] / r["rate"]["value"]) < 1e-12'
expect 0 bci select one.edf "${few[@]}" --race --keep 2 --classifier mdm -o race.h5
expect 0 bci select one.edf "${few[@]}" --race --keep 2 --classifier mdm -j 1 -o again.h5
cmp race.h5 again.h5 || fail "threads change the record"
expect 0 report race.h5 -o race.html
grep -q "Scores of order and lag" race.html || fail "the page lacks the map of scores"
expect 0 bci select one.edf "${few[@]}" --method mdop --json
holds 'r["trial_order"]["shape"] == [r["n_trials"]] and r["pairs"]["order"]["shape"] == [1]'
expect 0 bci select one.edf "${few[@]}" --method aic --kernels linear --penalties 1 --json
holds 'r["aic"]["shape"] == [4, 3] and r["kernel"] == "linear" and r["penalty"] == 1'

expect 1 bci select one.edf "${few[@]}" --events 'left hand'
says err "of 1 class"
expect 1 bci select one.edf "${few[@]}" --penalties 2,1
says err "rising"
expect 2 bci select one.edf --method mdop --race
says err "race is of"
expect 2 bci select one.edf --min-frequency 40
says err "lower edge"
expect 4 bci select nowhere.edf
