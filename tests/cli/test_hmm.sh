# shellcheck shell=bash
# From a simulated recording to states and a report; the same seed gives the same bytes.
. "$(dirname "$0")/support.sh"

expect 0 simulate --kind spikes --duration 60 --size 12 --seed 4 -o s.nwb
expect 4 simulate --kind spikes --duration 60 -o s.nwb
says err "overwrite"
expect 0 info s.nwb --json
python3 - <<'P'
import json
info = json.load(open("out"))
assert info["format"] == "nwb"
assert info["spikes"][0]["n_units"] == 12
assert info["spikes"][0]["n_spikes"] == sum(u["n_spikes"] for u in info["spikes"][0]["units"])
assert any(i["name"] == "states" for i in info["intervals"])
P
expect 0 hmm fit s.nwb --bin 0.1 --states 3 --seed 2 -j 1 -o one.h5
expect 0 hmm fit s.nwb --bin 0.1 --states 3 --seed 2 -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 0 hmm fit s.nwb --bin 0.1 --states 3 --seed 2 -o fit.json
expect 3 hmm fit s.nwb --bin 0.1 --states 3 --max-iterations 1 -q
says err "not converged"
expect 0 hmm fit s.nwb --bin 0.1 --states 3 --max-iterations 1 --allow-nonconverged -q
expect 0 hmm decode one.h5 s.nwb --bin 0.1 --seed 2 --json -o states.h5
python3 - <<'P'
import json
json.load(open("out"))
P
cp out by_h5
expect 0 hmm decode fit.json s.nwb --bin 0.1 --seed 2 --json
grep -v -e command -e '"name": "one.h5"' -e '"name": "fit.json"' -e sha256 -e '"size"' by_h5 >a || true
grep -v -e command -e '"name": "one.h5"' -e '"name": "fit.json"' -e sha256 -e '"size"' out >b || true
cmp a b || fail "a model read from HDF5 and from JSON decodes differently"
expect 0 report one.h5 states.h5 -o report.html
says report.html "Content-Security-Policy"
says report.html "States over the whole recording"
expect 4 report one.h5 -o report.html
expect 0 report one.h5 -o report.html --overwrite --json
python3 - <<'P'
import json, os
written = json.load(open("out"))
assert written["format"] == "html" and written["files"] == ["report.html"]
assert written["bytes"] == os.path.getsize("report.html")
P
expect 0 hmm decode one.h5 s.nwb --bin 0.1 -o states.svg
[ "$(head -n 1 out)" = "States of the recording" ] || fail "the summary begins without its title"
grep -A1 '^occupancy: figure' out | grep -q 'values: 0\.' || fail "the occupancy is not printed"
[ ! -s err ] || ! grep -q 'fitted without' err || fail "units are said to be left out"
# A model of fewer units names those that it does not know.
expect 0 hmm fit s.nwb --bin 0.1 --units 1,4,7 --states 2 -q --allow-nonconverged -o part.h5
expect 0 hmm decode part.h5 s.nwb --bin 0.1 --json
says err "3 of 12 units used; the model was fitted without 0, 2, 3, 5, 6, 8, 9, 10, 11"
python3 - <<'P'
import json
units = json.load(open("out"))["units"]
assert units["used"] == ["1", "4", "7"]
assert units["left_out"] == ["0", "2", "3", "5", "6", "8", "9", "10", "11"]
P
expect 1 hmm decode one.h5 s.nwb --bin 0.1 --units 1,4,7
says err "the data have no unit 0"
# A saved result in the place of a recording, and the other way round.
expect 0 info part.h5
says out "rates:"
expect 4 spikes part.h5
says err "is a saved result, not a recording"
expect 4 hmm decode states.h5 s.nwb
says err "states.h5: holds a result of another kind (hmm decoding), not one of ana hmm fit"
expect 4 hmm decode s.nwb s.nwb
says err "s.nwb: holds data (nwb), not a saved result as ana hmm fit with -o makes"
expect 4 report s.nwb -o no.html
says err "not a saved result"
echo words >words.txt
expect 4 hmm decode words.txt s.nwb
says err "is no record: neither HDF5, nor JSON, nor a folder"
expect 0 simulate --kind eeg --duration 10 --size 4 -o e.edf
expect 1 hmm fit e.edf
says err "e.edf: holds no spikes, and counts of spikes are wanted; it holds series eeg (4 channels at 250 Hz)"
# Measured values: a series is rows, and what is drawn from a model is read again.
expect 0 hmm fit e.edf --emission gaussian --states 2 --restarts 2 --allow-nonconverged -q -o eeg.h5
expect 0 hmm decode eeg.h5 e.edf --json -o eeg_states.h5
expect 0 hmm fit e.edf --emission autoregressive --lags 2 --states 2 --restarts 2 --allow-nonconverged -q -o ar.h5
expect 0 hmm simulate ar.h5 --rows 400 --sequences 3 --seed 5 -o drawn.h5
expect 0 hmm decode ar.h5 drawn.h5 --json
python3 - <<'P'
import json
assert "agreement_with_labels" in json.load(open("out"))
P
expect 1 hmm fit drawn.h5
says err "--emission gaussian"
expect 0 hmm simulate one.h5 --rows 150 --sequences 4 --seed 6 -o counts.h5
expect 0 hmm select counts.h5 --max-states 4 --folds 4 --restarts 2 --allow-nonconverged --json -o selection.h5
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["held_out"] == "sequences"
assert 1 <= found["smallest_states_within_one_error"] <= found["best_states"] <= 4
P
expect 2 hmm select counts.h5 --states 3
expect 0 hmm fit counts.h5 --states 2 --durations negative-binomial --max-duration 50 --restarts 2 --allow-nonconverged -q -o durations.h5
expect 0 hmm decode durations.h5 counts.h5
says states.svg "<svg"
expect 4 hmm decode missing.h5 s.nwb
expect 4 hmm fit missing.nwb
says err "missing.nwb"
grep -v -e command -e '"bin": 0.1,' by_h5 >a
expect 0 hmm decode one.h5 s.nwb --seed 2 --json
grep -v -e command -e '"bin": 0.0,' -e '"bin": 0,' out >b
cmp a b || fail "the bins are not those of the model"
expect 0 hmm decode one.h5 s.nwb --rebin 4
says err "2400 bins"
says out "left_out: none"
expect 1 hmm decode one.h5 s.nwb --bin 0.2
says err "give --bin"
expect 2 report one.h5 -o report.foo
expect 0 help hmm
says out "hmm fit"
expect 2 hmm fitt
says err "no command hmm fitt"
expect 2 help hmm fitt

# Goodness of fit stands in the fit, and by itself; what the model draws is decoded and passes.
python3 - <<'P'
import json
fit = json.load(open("fit.json"))
text = json.dumps(fit)
assert "units_within_band" in text
P
expect 0 hmm gof one.h5 s.nwb --json
python3 - <<'P'
import json
value = lambda x: x["value"] if isinstance(x, dict) else x
goodness = json.load(open("out"))["goodness"]
assert value(goodness["units_tested"]) == 12
assert value(goodness["units_within_band"]) >= 9
P
expect 0 hmm simulate one.h5 --rows 500 --sequences 2 --seed 3 -o mine.h5
expect 0 hmm decode one.h5 mine.h5 --json
python3 - <<'P'
import json
value = lambda x: x["value"] if isinstance(x, dict) else x
assert value(json.load(open("out"))["agreement_with_labels"]["adjusted_rand_index"]) > 0.8
P
expect 2 hmm simulate one.h5 --rows 10 --covariates x.csv
says err "takes no --covariates"
expect 2 hmm decode one.h5 mine.h5 --covariates x.csv

# Coupled linear models: fitted, decoded, tested and drawn from by the same commands.
expect 0 hmm fit --glm mine.h5 --states 2 --lag-bins 3 --functions 2 --restarts 1 --max-iterations 5 --allow-nonconverged --json -o glm.h5
python3 - <<'P'
import json
assert "units_within_band" in json.dumps(json.load(open("out")))
P
expect 0 hmm decode glm.h5 mine.h5 --json
expect 0 hmm gof glm.h5 mine.h5 --json
says out "units_within_band"
expect 0 hmm simulate glm.h5 --rows 200 --seed 3 -o coupled.h5
expect 0 hmm decode glm.h5 coupled.h5
expect 4 glm predict glm.h5 mine.h5
says err "another kind"

# The numbers that programs read, by their names.
expect 0 hmm fit s.nwb --bin 0.1 --states 3 --tsv
python3 - <<'P'
rows = {path: (value, unit) for path, value, unit in (line.rstrip("\n").split("\t") for line in open("out"))}
for name in ("log_likelihood", "log_likelihood_per_bin", "bits_per_spike", "bic", "n_iter"):
    float(rows["summary/" + name][0])
assert rows["summary/converged"][0] == "true"
assert len(rows["summary/occupancy"][0].split(",")) == 3
assert len(rows["summary/dwell_s"][0].split(",")) == 3
assert len(rows["summary/restarts"][0].split(",")) == 10
assert float(rows["summary/bits_per_spike"][0]) > 0
P

# What a model is, of either kind.
expect 0 hmm info one.h5 --json
python3 - <<'P'
import json
value = lambda x: x["value"] if isinstance(x, dict) else x
info = json.load(open("out"))
assert value(info["states"]) == 3 and value(info["converged"]) is True
P
expect 0 hmm info glm.h5
says out "coupled linear models"
expect 4 hmm info s.nwb

# An array of which nothing says what a row is: said, not passed over.
python3 - <<'P'
import random
random.seed(3)
open("rows.csv", "w").write("\n".join(",".join(str(int(random.random() < .3)) for _ in range(2)) for _ in range(300)) + "\n")
P
expect 0 hmm fit rows.csv --bin 0.1 --states 2 --allow-nonconverged -q -o rows.h5
expect 0 hmm decode rows.h5 rows.csv
says err "width is not known"
expect 0 hmm decode rows.h5 rows.csv --bin 0.1
! grep -q "width is not known" err || fail "a known width is said not to be"

expect 2 hmm select counts.h5 --min-states 4 --max-states 2
says err "above --max-states"
expect 0 hmm select counts.h5 --max-states 2 --folds 2 --restarts 1 --allow-nonconverged
says err "largest that was tried, 2"

# Intervals of a recording label its rows; values that cannot be are named for what they are.
expect 0 simulate --kind spikes --duration 30 --size 4 --seed 4 -o labelled.nwb
expect 0 hmm fit labelled.nwb --bin 0.1 --states 2 --restarts 1 -q -o labelled.h5
expect 0 hmm decode labelled.h5 labelled.nwb --json
says out "adjusted_rand_index"
printf '0\n1\n2\n1\n0\n' >threes.csv
expect 1 hmm fit --emission bernoulli threes.csv --states 1
says err "bernoulli values are 0 or 1"
printf '0.5\n1.5\n2.5\n1.5\n0.5\n' >measured.csv
expect 0 hmm fit --emission gaussian measured.csv --states 1 --restarts 1
says out "observations: 5"
