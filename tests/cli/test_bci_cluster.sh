# shellcheck shell=bash
# Clusters of trials, their record, and wrong use.
. "$(dirname "$0")/support.sh"

# holds EXPRESSION: true of the JSON in out, called `r`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); sys.exit(0 if ($1) else 1)" ||
        fail "not: $1"
}

expect 0 simulate --kind eeg --duration 170 --size 21 --seed 3 -o one.edf
few=(--channels 'C3,C4,Cz')

expect 0 bci cluster one.edf "${few[@]}" --clusters 2-4 --json
holds 'r["schema"] == "bci-clusters" and 2 <= r["n_clusters"] <= 4 and r["pipeline"].endswith("| cov oas")'
holds 'r["numbers"]["y"]["shape"] == [1, 3] and r["trials"]["cluster"]["shape"] == [r["n_trials"]]'
holds 'sum(r["sizes"]["values"]) == r["n_trials"] and -1 <= r["adjusted_rand_classes"] <= 1'
expect 0 bci cluster one.edf "${few[@]}" --clusters 3 -o three.h5
expect 0 bci cluster one.edf "${few[@]}" --clusters 3 -j 1 -o again.h5
cmp three.h5 again.h5 || fail "threads change the record"
expect 0 bci cluster one.edf "${few[@]}" --method mixture --clusters 2-3 -o mixture.html
grep -q "Bayesian information criterion" mixture.html || fail "the page lacks the criterion"
expect 0 bci cluster one.edf "${few[@]}" --method mean-shift --json
holds '"numbers" not in r'

expect 2 bci cluster one.edf --clusters 4-2
says err "range"
expect 2 bci cluster one.edf --pipeline 'cov | mdm'
says err "gives classes"
expect 2 bci cluster one.edf --pipeline 'xdawncov 2'
says err "learns from classes"
expect 1 bci cluster one.edf "${few[@]}" --clusters 1-3
says err "at least 2"
expect 4 bci cluster nowhere.edf

# Codes of a marker channel are the events; the marker is no channel of the trials.
awk 'BEGIN { print "a,b,Marker"; for (t = 0; t < 4000; t++) {
    class = 1 + int(t / 200) % 2
    printf "%.6f,%.6f,%d\n", sin(t * t * 0.37) * class, sin(t * t * 0.71 + 1), t % 200 == 50 ? class : 0 } }' >marked.csv
marked=(marked.csv --rate 100 --event-channel Marker --window-from 0 --window-to 1)
expect 0 bci cluster "${marked[@]}" --pipeline cov --events 1=low,2=high --clusters 2 --json
holds 'r["n_trials"] == 20 and r["adjusted_rand_classes"] == 1 and r["centres"]["shape"] == [2, 2, 2]'
expect 1 bci cluster "${marked[@]}" --events 3
says err "it has 1, 2"
expect 1 bci cluster "${marked[@]}" --event-channel nothing
says err "no such channel"
expect 1 bci cluster "${marked[@]}" --event-channel a
says err "is not a code"
