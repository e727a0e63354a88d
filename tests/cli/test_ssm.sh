# shellcheck shell=bash
# Similarity of similarity matrices of arrays, by numbers of units and stimuli; bad input is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(9)
x = random.normal(size=(30, 8))
numpy.save("x.npy", x)
numpy.save("y.npy", x @ random.normal(size=(8, 20)) + random.normal(size=(30, 20)))
numpy.save("z.npy", random.normal(size=(30, 12)))
for name, shape in (("none", (0, 5)), ("no_units", (5, 0)), ("one", (1, 4))):
    numpy.save(name + ".npy", numpy.ones(shape))
for name, value in (("nan", numpy.nan), ("inf", numpy.inf)):
    bad = x.copy()
    bad[7, 3] = value
    numpy.save(name + ".npy", bad)
numpy.save("flat.npy", numpy.full((30, 4), 0.1))
P
expect 0 ssm x.npy y.npy z.npy --draws 10 --sizes 4 --json
/usr/bin/python3 - <<'P'
import json, numpy
from scipy.stats import spearmanr
x, y = (numpy.load(name + ".npy") for name in "xy")
pairs = numpy.triu_indices(30, 1)
wanted = spearmanr(numpy.corrcoef(x)[pairs], numpy.corrcoef(y)[pairs])[0]
result = json.load(open("out"))
assert abs(result["systems"]["similarity"]["values"][0] - wanted) < 1e-11
assert len(result["by_units"]["x"]["values"]) == 4
assert 0 < result["systems"]["matched"]["values"][0] < wanted
P
expect 0 ssm x.npy y.npy z.npy -j 1 -o a.h5
expect 0 ssm x.npy y.npy z.npy -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 ssm x.npy y.npy --draw-from reference -o page.html
[ -s page.html ] || fail "no page"

expect 2 ssm
expect 2 ssm x.npy y.npy --sizes 0
expect 2 ssm x.npy y.npy --draw-from nobody
expect 1 ssm x.npy
says err "needs another"
expect 1 ssm nan.npy y.npy
says err "stimulus 7, unit 3"
expect 1 ssm inf.npy y.npy
expect 0 ssm flat.npy y.npy
says err "30 stimuli have the same response"
for name in none no_units one; do
    expect 1 ssm $name.npy y.npy
    expect 1 ssm $name.npy $name.npy
done
expect 4 ssm nothing.npy x.npy
