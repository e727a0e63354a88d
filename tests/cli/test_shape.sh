# shellcheck shell=bash
# Distances of systems: turned systems are near, threads do not matter, bad input is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
a = random.normal(size=(30, 6))
turn, _ = numpy.linalg.qr(random.normal(size=(6, 6)))
numpy.save("a.npy", a)
numpy.save("turned.npy", a @ turn + 3)
numpy.save("exchanged.npy", a[:, [3, 1, 0, 5, 2, 4]])
numpy.save("other.npy", random.normal(size=(30, 9)))
gaps = a.copy(); gaps[:, 2] = numpy.nan
numpy.save("gaps.npy", gaps)
gaps[4, 1] = numpy.nan
numpy.save("holes.npy", gaps)
numpy.save("infinite.npy", numpy.where(a == a[5, 1], numpy.inf, a))
numpy.save("flat.npy", numpy.ones((30, 4)))
numpy.save("short.npy", a[:29])
trials = a[:, None, :] + random.normal(size=(30, 8, 6)) * [1, 0.2, 0.2, 0.2, 0.2, 0.2]
numpy.save("trials.npy", trials)
numpy.save("turned_trials.npy", trials @ turn + 1)
numpy.save("other_trials.npy", a[:, None, :] + 0.4 * random.normal(size=(30, 8, 6)))
numpy.save("empty.npy", numpy.zeros((0, 4)))
numpy.save("thin.npy", numpy.zeros((30, 0)))
numpy.save("one.npy", a[:1])
P
expect 0 shape a.npy turned.npy exchanged.npy other.npy --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
at = result["matrix"]["values"]["values"]
assert result["schema"] == "shape" and at[0][1] < 1e-6 and at[0][2] < 1e-6 and at[0][3] > 0.5, at
P
expect 0 shape a.npy turned.npy exchanged.npy --align permutation --distance euclidean --json
/usr/bin/python3 - <<'P'
import json
at = json.load(open("out"))["matrix"]["values"]["values"]
assert at[0][1] > 1 and at[0][2] < 1e-6, at
P
for noise in gaussian energy; do
    expect 0 shape trials.npy turned_trials.npy other_trials.npy --noise $noise --json
    /usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
at = result["matrix"]["values"]["values"]
assert result["noise"] != "none" and at[0][1] < 1e-3 < 0.1 < at[0][2], at
P
done
expect 1 shape a.npy other.npy --noise gaussian
says err "at least two"
expect 2 shape trials.npy other_trials.npy --noise energy --folds 5
says err "are of means"
expect 0 shape a.npy turned.npy other.npy --folds 5 --bootstraps 50 --permutations 19 -j 1 -o a.h5
expect 0 shape a.npy turned.npy other.npy --folds 5 --bootstraps 50 --permutations 19 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 shape a.npy other.npy gaps.npy -o page.html
[ -s page.html ] || fail "no page"
says err "1 units without any value are left out, 5 are used"
expect 1 shape a.npy holes.npy
says err "unit 1 of holes is missing for stimulus 4"
expect 1 shape a.npy infinite.npy
says err "inf"
expect 1 shape a.npy flat.npy
says err "flat does not vary"
expect 0 shape a.npy flat.npy --distance euclidean --whitening 1
expect 1 shape a.npy short.npy --by-order
says err "29"
expect 1 shape a.npy
says err "between two"
expect 1 shape a.npy other.npy --align none
says err "the same units"
expect 1 shape one.npy one.npy
expect 1 shape a.npy empty.npy
expect 1 shape a.npy thin.npy
expect 1 shape thin.npy thin.npy
expect 2 shape a.npy other.npy --folds 1
says err "--folds"
expect 2 shape a.npy other.npy --whitening 2
expect 2 shape a.npy other.npy --mean --folds 5
expect 0 shape a.npy turned.npy other.npy --mean -o mean.html
expect 4 shape a.npy nothing.npy
/usr/bin/python3 -c 'import numpy; a = numpy.load("a.npy"); numpy.save("large.npy", a * 1e200)'
for command in "shape" "match-units" "match-units --method sparse" "match-units --method spectral"; do
    # shellcheck disable=SC2086
    expect 1 $command a.npy large.npy
    says err "too large to be squared"
done
