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
