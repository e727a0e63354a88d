# shellcheck shell=bash
# Dynamics of systems: arrays, trials and recordings; threads do not matter; wrong use is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
def run(angle, units, trials=6, times=80):
    turn = 0.98 * numpy.array([[numpy.cos(angle), -numpy.sin(angle)], [numpy.sin(angle), numpy.cos(angle)]])
    view = random.normal(size=(2, units))
    x = numpy.zeros((trials, times, units))
    for k in range(trials):
        z = random.normal(size=2) * 3
        for t in range(times):
            z = turn @ z + 0.1 * random.normal(size=2)
            x[k, t] = z @ view + 0.02 * random.normal(size=units)
    return x
numpy.save("slow.npy", run(0.2, 5))
numpy.save("other.npy", run(0.2, 9))
numpy.save("fast.npy", run(0.8, 5))
holes = run(0.2, 4)
holes[1, 10, 2] = numpy.nan
holes[:, :, 3] = numpy.nan
numpy.save("holes.npy", holes)
numpy.save("none.npy", numpy.zeros((0, 4)))
numpy.save("short.npy", random.normal(size=(1, 4)))
numpy.save("flat.npy", numpy.ones((40, 3)))
broken = random.normal(size=(40, 3))
broken[7, 1] = numpy.inf
numpy.save("broken.npy", broken)
P
expect 0 dsa slow.npy other.npy fast.npy --splits 3 --permutations 19 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "dsa" and result["names"] == ["slow", "other", "fast"]
d = result["distances"]["values"]
assert d[0][1] < 0.1 < d[0][2], d
p = result["p_values"]["values"]
assert p[0][2] == 0.05, p
assert p[0][1] in (None, "nan") or p[0][1] != p[0][1], p
P
says err "held-out error"
expect 0 dsa slow.npy fast.npy --delays 2 --rank 2 -j 1 -o a.h5
expect 0 dsa slow.npy fast.npy --delays 2 --rank 2 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 dsa slow.npy fast.npy --delays 2 --rank 2 --measure eigenvalues -o page.html
[ -s page.html ] || fail "no page"
expect 0 dsa slow.npy fast.npy --regression reduced-rank --measure euclidean --unscaled --json
expect 0 dsa holes.npy --delays 2 --rank 2 --json
says err "1 units without any value and 2 rows"
expect 0 simulate --duration 60 --size 6 --seed 1 -o states.nwb
expect 0 dsa states.nwb --bin 0.05 --delays 2 --rank 2 --json
expect 2 dsa
expect 2 dsa slow.npy --starts 0
expect 2 dsa slow.npy --measure cosine
expect 1 dsa slow.npy --delays 1 --rank 6
says err "slow: rank 6, but the embedding has rank 5"
expect 1 dsa slow.npy --delays 90 --rank 2
says err "no stretch of 91 samples"
expect 1 dsa none.npy
says err "0 samples"
expect 1 dsa short.npy
expect 1 dsa flat.npy --delays 1 --rank 1
says err "rank 0"
expect 1 dsa broken.npy
says err "broken: sample 7 of unit 1 is infinite"
expect 4 dsa nothing.npy
