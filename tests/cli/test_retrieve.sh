# shellcheck shell=bash
# Retrieval by cosine and by given similarities: ids, threads, and wrong use.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(4)
measured = random.normal(size=(20, 12))
predicted = measured + 0.3 * random.normal(size=(20, 12))
numpy.save("measured.npy", measured)
numpy.save("predicted.npy", predicted)
numpy.save("logits.npy", predicted @ measured.T)
numpy.save("narrow.npy", measured[:, :5])
gap = predicted.copy()
gap[3, 4] = numpy.nan
numpy.save("gap.npy", gap)
numpy.save("none.npy", numpy.zeros((0, 12)))
numpy.save("unitless.npy", numpy.zeros((20, 0)))
numpy.save("one.npy", measured[:1])
numpy.save("zeros.npy", numpy.zeros((20, 12)))
numpy.save("some.npy", predicted[[7, 3, 5, 2]])
for name, ids in (("shown.csv", (7, 3, 5, 2)), ("all.csv", range(20))):
    with open(name, "w") as table:
        table.write("image\n" + "".join(f"i{i}\n" for i in ids))
P
expect 0 retrieve predicted.npy measured.npy --k 1,3 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "retrieval" and result["two_afc"] > 0.95, result["two_afc"]
P
expect 0 retrieve logits.npy --logits --json
expect 0 retrieve predicted.npy measured.npy -j 1 -o a.h5
expect 0 retrieve predicted.npy measured.npy -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 retrieve zeros.npy measured.npy --json
says err "20 predictions are 0 throughout"
expect 0 retrieve predicted.npy measured.npy -o page.html
[ -s page.html ] || fail "no page"
expect 1 retrieve some.npy measured.npy
says err "neither has ids"
expect 0 retrieve some.npy measured.npy --conditions shown.csv --candidate-conditions all.csv --k 1
says out "two_afc: 1"
expect 2 retrieve logits.npy --logits --candidate-conditions all.csv
expect 2 retrieve predicted.npy
says err "candidates"
expect 2 retrieve predicted.npy measured.npy --logits
expect 2 retrieve predicted.npy measured.npy --k 1,x
says err "--k"
expect 1 retrieve predicted.npy measured.npy --k 21
says err "top 21 of 20"
expect 1 retrieve narrow.npy measured.npy
says err "narrow has 5 units"
expect 1 retrieve gap.npy measured.npy
says err "unit 4 of stimulus 3 is missing"
expect 1 retrieve none.npy measured.npy
expect 1 retrieve predicted.npy none.npy
expect 1 retrieve unitless.npy unitless.npy
expect 1 retrieve one.npy one.npy
says err "1 candidates"
