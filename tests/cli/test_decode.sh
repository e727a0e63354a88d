# shellcheck shell=bash
# Decoding of trials, within and across animals; ana hmm decode is another command; wrong use.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(6)
labels = numpy.arange(60) % 6
means = 2 * random.normal(size=(6, 4))
trials = means[labels] + random.normal(size=(60, 4))
numpy.save("trials.npy", trials)
numpy.save("labels.npy", labels)
numpy.save("cube.npy", trials.reshape(10, 6, 4).transpose(1, 0, 2))
open("six.csv", "w").write("shown\n" + "".join(f"image {i}\n" for i in range(6)))
numpy.save("sessions.npy", numpy.arange(60) // 20)
numpy.save("other.npy", trials @ random.normal(size=(4, 7)) + 5)
open("shown.csv", "w").write("shown\n" + "".join(f"image {i}\n" for i in labels))
open("few.csv", "w").write("shown\n" + "".join(f"picture {i}\n" for i in labels))
numpy.save("one.npy", numpy.zeros(60, dtype=int))
gap = trials.copy()
gap[5, 2] = numpy.nan
numpy.save("gap.npy", gap)
numpy.save("none.npy", numpy.zeros((0, 4)))
numpy.save("unitless.npy", numpy.zeros((60, 0)))
P
expect 0 decode cube.npy --conditions six.csv --permutations 19 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["n_trials"] == 60 and result["balanced_accuracy"] > 0.6, result
assert result["classes"][5] == "image 5", result["classes"]
P
for method in lda centroid logistic; do
    expect 0 decode trials.npy --labels labels.npy --method "$method" --permutations 19 --json
    /usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "decoding" and result["balanced_accuracy"] > 0.6, result
assert abs(result["p"] - 0.05) < 1e-12 and abs(result["chance"] - 1 / 6) < 0.09, result["chance"]
P
done
expect 0 decode trials.npy --labels labels.npy --sessions sessions.npy --split sessions -j 1 -o a.h5
expect 0 decode trials.npy --labels labels.npy --sessions sessions.npy --split sessions -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 decode trials.npy --conditions shown.csv -o page.html
[ -s page.html ] || fail "no page"
expect 0 decode trials.npy --conditions shown.csv --test other.npy --map ridge --map-ridge 0.01 --json
expect 2 decode trials.npy --labels labels.npy --test-conditions shown.csv
says err "--test-conditions goes with --test"
expect 2 decode trials.npy --labels labels.npy --method tree
expect 1 decode trials.npy --labels one.npy
says err "two classes"
expect 1 decode trials.npy
says err "take centroid"
expect 1 decode gap.npy --labels labels.npy
says err "unit 2 of trial 5 is missing"
expect 1 decode trials.npy --conditions shown.csv --test other.npy --test-conditions few.csv
says err "share 0 stimuli"
expect 1 decode none.npy --labels labels.npy
expect 1 decode unitless.npy --labels labels.npy
expect 0 hmm decode --help
says out "hmm decode"
