# shellcheck shell=bash
# Canonical correlations of arrays; saturation is said; wrong use and bad input are.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(9)
x = random.normal(size=(60, 8))
y = x[:, :3] @ random.normal(size=(3, 10)) + random.normal(size=(60, 10))
numpy.save("x.npy", x)
numpy.save("y.npy", y)
numpy.save("wide.npy", random.normal(size=(60, 80)))
for name, shape in (("none", (0, 5)), ("no_units", (5, 0)), ("one", (1, 4))):
    numpy.save(name + ".npy", numpy.ones(shape))
for name, value in (("nan", numpy.nan), ("inf", numpy.inf)):
    bad = x.copy()
    bad[7, 3] = value
    numpy.save(name + ".npy", bad)
numpy.save("flat.npy", numpy.full((60, 4), 0.1))
P
expect 0 cca x.npy y.npy --folds 4 --json
/usr/bin/python3 - <<'P'
import json, numpy
x, y = (numpy.load(name + ".npy") for name in "xy")
q, r = (numpy.linalg.qr(a - a.mean(0))[0] for a in (x, y))
wanted = numpy.linalg.svd(q.T @ r)[1]
result = json.load(open("out"))
assert numpy.allclose(result["correlations"]["y"]["values"], wanted, atol=1e-11)
pairs = result["pairs"]
assert abs(pairs["r2"]["values"][0] - (wanted ** 2).mean()) < 1e-11
assert pairs["held_out"]["values"][0] < pairs["mean"]["values"][0]
P
expect 0 cca x.npy y.npy wide.npy -o page.html
says err "saturated"
[ -s page.html ] || fail "no page"
expect 0 cca x.npy y.npy wide.npy --ridge 1 -j 1 -o a.h5
expect 0 cca x.npy y.npy wide.npy --ridge 1 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
grep -q saturated err && fail "a ridge does not saturate"

expect 2 cca
expect 2 cca x.npy y.npy --folds 1
expect 2 cca x.npy y.npy --share 2
expect 1 cca x.npy
says err "needs another"
expect 1 cca x.npy y.npy --folds 40
says err "40 folds"
expect 1 cca nan.npy y.npy
says err "stimulus 7, unit 3"
expect 1 cca inf.npy y.npy
expect 1 cca flat.npy y.npy
says err "does not vary"
for name in none no_units one; do
    expect 1 cca $name.npy y.npy
    expect 1 cca $name.npy $name.npy
done
expect 4 cca nothing.npy x.npy
