# shellcheck shell=bash
# Coupled linear models in each state, from a simulated recording to its states.
. "$(dirname "$0")/support.sh"

quick="--states 2 --bin 0.05 --lag-bins 4 --functions 2 --max-iterations 8 --restarts 2 --split-merge 0 --allow-nonconverged -q"
expect 0 simulate --kind spikes --duration 120 --size 6 --seed 4 -o s.nwb
# shellcheck disable=SC2086
{
expect 0 hmm fit --glm s.nwb $quick --seed 2 -j 1 -o one.h5
expect 0 hmm fit --glm s.nwb $quick --seed 2 -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 0 hmm fit --glm s.nwb $quick --prior one-hot -o signs.h5
says out "connectome: figure"
expect 0 hmm fit --glm s.nwb $quick --prior gaussian --coupling self --json
python3 - <<'P'
import json
fit = json.load(open("out"))
value = lambda x: x["value"] if isinstance(x, dict) else x
for name in ("log_likelihood", "log_likelihood_per_bin", "aic", "bic"):
    assert isinstance(value(fit[name]), float), name
assert "goodness" in fit
P
expect 2 hmm fit --glm s.nwb $quick --coupling mask
says err "go together"
}
expect 0 hmm decode one.h5 s.nwb -o states.html
says states.html "States over the whole recording"
expect 0 hmm decode signs.h5 s.nwb --json
expect 1 hmm decode one.h5 s.nwb --bin 0.1
says err "fitted to bins of 0.05 s"
expect 0 report signs.h5 -o signs.html
says signs.html "Coupling in state 2"
expect 0 hmm fit --glm --help
says out "edge-concentration"
expect 0 hmm fit --help
says out "coupled by linear models"

# The number of states of coupled models.
expect 0 simulate --kind spikes --duration 40 --size 4 --seed 4 -o few.nwb
expect 0 hmm select --glm few.nwb --bin 0.1 --lag-bins 3 --functions 2 --max-states 2 --folds 2 --restarts 1 --max-iterations 20 --allow-nonconverged --json
says out "best_states"
expect 2 hmm select --glm few.nwb --bin 0.1 --coupling mask
expect 1 hmm select --glm few.nwb --bin 0.1 --held-out speckled --max-states 2
says err "leak"
