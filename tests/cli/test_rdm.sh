# shellcheck shell=bash
# Dissimilarity matrices of trials and of layers; conditions by id; bad input is refused with its reason.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
means = random.normal(size=(6, 10))
condition = numpy.tile(numpy.arange(6), 8)
trials = means[condition] + 0.5 * random.normal(size=(48, 10))
numpy.save("trials.npy", trials)
numpy.save("condition.npy", condition)
numpy.save("run.npy", numpy.repeat(numpy.arange(4), 12))
numpy.save("layer.npy", means)
numpy.save("residuals.npy", random.normal(size=(30, 10)))
numpy.save("empty.npy", numpy.zeros((0, 4)))
numpy.save("pair.npy", means[:2])
numpy.save("narrow.npy", random.normal(size=(30, 9)))
open("ids.csv", "w").write("image\n" + "".join(f"face{i}\n" for i in range(6)))
open("few.csv", "w").write("image\na\nb\n")
centred = means - means.mean(1, keepdims=True)
wanted = 1 - numpy.corrcoef(centred)
numpy.save("wanted.npy", wanted[numpy.triu_indices(6, 1)])
P
expect 0 rdm layer.npy --conditions ids.csv --json
/usr/bin/python3 - <<'P'
import json, numpy
result = json.load(open("out"))
assert result["schema"] == "rdm" and result["conditions"][5] == "face5"
stored = result["values"]
values = numpy.array(stored["values"] if isinstance(stored, dict) else stored).ravel()
assert numpy.allclose(values, numpy.load("wanted.npy"), atol=1e-12)
P
expect 0 rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis --noise trials -j 1 -o one.h5
expect 0 rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis --noise trials -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 0 rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis --residuals residuals.npy --json
expect 0 rdm layer.npy layer.npy -o both.html
[ -s both.html ] || fail "no page"
expect 0 rdm layer.npy layer.npy
says out "names: layer  layer"
expect 1 rdm trials.npy --labels condition.npy --method crossnobis
says err "there is one alone"
expect 1 rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis --residuals narrow.npy
says err "residuals x 10 channels wanted"
printf '[{"id":[]},{"id":[]},{"id":[]},{"id":[]},{"id":[]},{"id":[1]}]' >lists.json
expect 4 rdm layer.npy --conditions lists.json
says err "column id holds lists"
expect 1 rdm layer.npy --conditions few.csv
says err "2 rows of conditions for 6 rows of responses"
expect 1 rdm layer.npy --method poisson
says err "not negative"
expect 2 rdm layer.npy --method angle
expect 1 rdm empty.npy
says err "holds no rows"
expect 1 rdm pair.npy pair.npy
says err "2 conditions have the same id in all 2 sets"
