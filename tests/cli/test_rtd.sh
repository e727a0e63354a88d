# shellcheck shell=bash
# Topology divergence of three systems; threads; wrong use.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(7)
a = random.normal(size=(25, 6))
numpy.save("a.npy", a)
numpy.save("scaled.npy", 3 * a)
numpy.save("other.npy", random.normal(size=(25, 4)))
numpy.save("flat.npy", numpy.ones((25, 4)))
gap = a.copy()
gap[2, 1] = numpy.nan
numpy.save("gap.npy", gap)
matrix = numpy.sqrt(((a[:, None] - a[None]) ** 2).sum(-1))
numpy.save("rdms.npy", numpy.array([matrix, 2 * matrix, matrix ** 2]))
below = matrix.copy()
below[0, 1] = below[1, 0] = -1
numpy.save("below.npy", numpy.array([matrix, below]))
numpy.save("none.npy", numpy.zeros((0, 6)))
numpy.save("unitless.npy", numpy.zeros((25, 0)))
P
expect 0 rtd a.npy scaled.npy other.npy --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
pairs = result["pairs"]["rtd"]
pairs = pairs["values"] if isinstance(pairs, dict) else pairs
assert result["schema"] == "rtd" and abs(pairs[0]) < 1e-12 and pairs[1] > 0.5, pairs
P
expect 0 rtd a.npy other.npy --points 15 --subsamples 3 -j 1 -o a.h5
expect 0 rtd a.npy other.npy --points 15 --subsamples 3 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 rtd a.npy other.npy -o page.html
[ -s page.html ] || fail "no page"
expect 0 rtd rdms.npy --rdms --json
/usr/bin/python3 - <<'P'
import json
pairs = json.load(open("out"))["pairs"]["rtd"]
pairs = pairs["values"] if isinstance(pairs, dict) else pairs
assert abs(pairs[0]) < 1e-12 and pairs[1] > 0.1, pairs
P
expect 1 rtd below.npy --rdms
says err "second distance of points 0 and 1 is -1"
expect 2 rtd a.npy
says err "two systems"
expect 2 rtd a.npy other.npy --points 2
expect 1 rtd a.npy flat.npy
says err "quantile"
expect 1 rtd a.npy gap.npy
says err "unit 1 of gap is missing for stimulus 2"
expect 1 rtd a.npy none.npy
expect 1 rtd a.npy unitless.npy
