# shellcheck shell=bash
# From a simulated recording to couplings, and back from what they draw.
. "$(dirname "$0")/support.sh"

expect 0 simulate --kind spikes --duration 60 --size 6 --seed 4 -o s.nwb
expect 0 glm fit s.nwb --bin 0.01 --lags 0.1 --functions 3 -j 1 -o one.h5
expect 0 glm fit s.nwb --bin 0.01 --lags 0.1 --functions 3 -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 0 glm fit s.nwb --bin 0.01 --lag-bins 10 --functions 3 --json -o fit.json
python3 - <<'P'
import json
fit = json.load(open("out"))
value = lambda x: x["value"] if isinstance(x, dict) else x
assert value(fit["converged"]) is True
for name in ("log_likelihood", "log_likelihood_per_bin", "bits_per_spike", "aic", "bic"):
    assert isinstance(value(fit[name]), float), name
assert "goodness" in fit
P
expect 0 glm predict one.h5 s.nwb --json
python3 - <<'P'
import json
value = lambda x: x["value"] if isinstance(x, dict) else x
fit, prediction = json.load(open("fit.json")), json.load(open("out"))
assert abs(value(prediction["log_likelihood"]) - value(fit["log_likelihood"])) < 1e-6
assert abs(value(prediction["bits_per_spike"]) - value(fit["bits_per_spike"])) < 1e-9
P
expect 0 glm gof one.h5 s.nwb -o gof.html
says out "units_tested: 6"
expect 0 glm simulate one.h5 --rows 4000 --sequences 2 --seed 3 -o drawn.h5
expect 0 glm simulate one.h5 --rows 4000 --sequences 2 --seed 3 -o again.h5
expect 0 glm fit drawn.h5 --lags 0.1 --functions 3 --link softplus -o refit.h5
says out "link: softplus"
expect 0 report one.h5 refit.h5 -o report.html
says report.html "Strongest couplings"

# Arrays: counts, covariates, masks.
python3 - <<'P'
import random
random.seed(5)
write = lambda name, rows: open(name, "w").write("\n".join(",".join(map(str, r)) for r in rows) + "\n")
write("counts.csv", [[int(random.random() < .2), int(random.random() < .1)] for _ in range(500)])
write("half.csv", [[.5, 1] for _ in range(500)])
write("covariates.csv", [[random.gauss(0, 1)] for _ in range(500)])
write("real.csv", [[random.gauss(1, 2), random.gauss(0, 1)] for _ in range(500)])
write("short.csv", [[1.5] for _ in range(499)])
write("mask.csv", [[1, 0], [1, 1]])
P
expect 0 glm fit counts.csv --bin 0.02 --lags 0.1 --functions 2 --covariates covariates.csv --coupling self --family bernoulli -o b.h5
expect 0 glm predict b.h5 counts.csv --bin 0.02 --covariates covariates.csv
expect 1 glm predict b.h5 counts.csv --bin 0.02
says err "the model has 6 columns, the design 5"
expect 1 glm predict b.h5 counts.csv --bin 0.01 --covariates covariates.csv
says err "fitted to bins of 0.02 s"
expect 0 glm fit counts.csv --coupling mask --coupling-mask mask.csv --functions 2 --lag-bins 4 -q
expect 2 glm fit counts.csv --coupling mask
says err "go together"
expect 2 glm fit counts.csv --lags 0.1
says err "--bin says it"
expect 2 glm fit counts.csv --bin 0.02 --lags 0.004
says err "bins of 0.02 s"
expect 1 glm fit half.csv --coupling none
says err "unit 0 is 0.5 in row 0"
expect 1 glm fit counts.csv --covariates short.csv
says err "an array of 500 rows is wanted"
expect 1 glm fit counts.csv --functions 50
says err "50 functions of 20 lags"
expect 3 glm fit counts.csv --max-iterations 1 --lag-bins 5 --functions 3 -q
expect 1 glm simulate b.h5 --rows 10
says err "1 covariates"
expect 4 glm predict s.nwb s.nwb
says err "ana glm fit"
expect 0 glm fit real.csv --family gaussian --coupling none --covariates covariates.csv -q -o g.h5
expect 1 glm gof g.h5 real.csv
says err "gaussian"

# The penalty by held-out data.
expect 0 glm fit s.nwb --bin 0.01 --lags 0.1 --functions 3 --choose-penalty --penalty group --penalty-values 4 --folds 3 -o chosen.html
says err "penalty"
says chosen.html "Choice of the penalty"
expect 0 glm fit counts.csv --family negative-binomial --coupling none --covariates covariates.csv -q -o nb.h5
expect 1 glm gof nb.h5 counts.csv --covariates covariates.csv
says err "Poisson or Bernoulli"
