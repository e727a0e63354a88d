# shellcheck shell=bash
# Matched units: planted partners are found, threads do not matter, bad input is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
a = random.normal(size=(60, 6))
b = numpy.concatenate([a[:, [3, 1, 0, 5, 2, 4]], random.normal(size=(60, 3))], 1)
b += 0.1 * random.normal(size=b.shape)
numpy.save("a.npy", a)
numpy.save("b.npy", b)
gaps = a.copy(); gaps[:, 2] = numpy.nan; gaps[:, 4] = 0.1
numpy.save("gaps.npy", gaps)
gaps[4, 1] = numpy.nan
numpy.save("holes.npy", gaps)
numpy.save("infinite.npy", numpy.where(a == a[5, 1], numpy.inf, a))
numpy.save("flat.npy", numpy.ones((60, 4)))
numpy.save("empty.npy", numpy.zeros((0, 4)))
numpy.save("thin.npy", numpy.zeros((60, 0)))
numpy.save("one.npy", a[:1])
P
for method in hungarian semi; do
    expect 0 match-units a.npy b.npy --method $method --json
    /usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
pairs = result["pairs"]
assert result["schema"] == "unit match" and result["held_out_correlation"] > 0.95 and result["p"] < 0.01
assert pairs["second"][:6] == ["2", "1", "4", "0", "5", "3"], pairs["second"]
P
done
expect 0 match-units a.npy b.npy --method soft --bootstraps 50 -j 1 -o a.h5
expect 0 match-units a.npy b.npy --method soft --bootstraps 50 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 match-units a.npy b.npy --method sparse -j 1 -o c.h5
expect 0 match-units a.npy b.npy --method sparse -j 2 -o d.h5
cmp c.h5 d.h5 || fail "one and two threads differ"
expect 0 match-units a.npy b.npy --method sparse --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
r2 = result["targets"]["r2"]["values"]
assert result["schema"] == "unit prediction" and min(r2[:6]) > 0.95 and max(r2[6:]) < 0.2, r2
P
expect 0 match-units a.npy b.npy gaps.npy --method spectral --clusters 6 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
group = result["units"]["group"]["values"]
assert result["schema"] == "unit clusters" and len(group) == 19
assert [group[6 + k] for k in range(6)] == [group[k] for k in (3, 1, 0, 5, 2, 4)], group
P
expect 0 match-units a.npy --method spectral -o groups.html
expect 0 match-units gaps.npy b.npy -o page.html
[ -s page.html ] || fail "no page"
says err "of 6 units 2 are left out, 1 without any value and 1 constant"
expect 1 match-units a.npy holes.npy
says err "unit 1 of holes is missing for stimulus 4"
expect 1 match-units a.npy infinite.npy
expect 1 match-units a.npy flat.npy
says err "no unit of flat can be compared"
expect 1 match-units a.npy
says err "two or more are matched"
expect 1 match-units a.npy b.npy a.npy --method sparse
says err "FILE:LAYER"
expect 0 match-units a.npy b.npy gaps.npy --permutations 19 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
at = result["matrix"]["values"]["values"]
assert result["schema"] == "unit matches" and at[0][1] == at[1][0] > 0.9 and at[0][2] > 0.99, at
P
expect 1 match-units one.npy one.npy
expect 1 match-units a.npy empty.npy
expect 1 match-units thin.npy thin.npy
expect 1 match-units a.npy b.npy --folds 30
says err "2 to 20"
expect 2 match-units a.npy b.npy --folds 1
expect 2 match-units a.npy b.npy --method sparse --folds 0
expect 2 match-units a.npy b.npy --method spectral --clusters 1
for method in sparse spectral; do
    expect 1 match-units a.npy holes.npy --method $method
    expect 1 match-units a.npy flat.npy --method $method
    expect 1 match-units thin.npy thin.npy --method $method
    expect 1 match-units one.npy one.npy --method $method
done
expect 2 match-units a.npy b.npy --method best
expect 4 match-units a.npy nothing.npy
