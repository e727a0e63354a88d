# shellcheck shell=bash
# Dissimilarity matrices of trials and of layers; conditions by id; bad input is refused with its reason.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import os, numpy
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
numpy.savez("layers.npz", first=means, second=means[:, ::-1] ** 2, bias=means[0])
numpy.savez("more.npz", first=means)
numpy.savez("maps.npz", maps=means.reshape(6, 5, 1, 2), flat=means)
os.mkdir("images")
for i, name in enumerate(("owl", "cat", "ant", "dog", "bee", "fox")):
    numpy.savez(f"images/{name}.npz", first=means[i:i + 1], second=means[i:i + 1] ** 2)
numpy.save("repeated.npy", trials.reshape(8, 6, 10).transpose(1, 0, 2))
numpy.save("repetition.npy", numpy.repeat(numpy.arange(8), 6))
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
expect 0 rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis --noise fold-trials --noise-estimator diagonal -o folds.json
expect 0 rdm trials.npy --labels condition.npy --sessions run.npy --noise-of-conditions -o noise.json
/usr/bin/python3 - <<'P'
import json, numpy
x, c = numpy.load("trials.npy").reshape(4, 12, 10), numpy.load("condition.npy")[:12]
u = numpy.array([[fold[c == i].mean(0) for i in range(6)] for fold in x])
variance = numpy.array([((fold - m[c]) ** 2).sum(0) / 6 for fold, m in zip(x, u)])
def array(file, name):
    stored = json.load(open(file))[name]
    return numpy.reshape(stored["values"], stored["shape"])
i, j = numpy.triu_indices(6, 1)
d = u[:, i] - u[:, j]
wanted = numpy.mean([(d[f] * d[g] / (0.5 * (variance[f] + variance[g]))).mean(1)
                     for f in range(4) for g in range(4) if f != g], axis=0)
assert numpy.allclose(array("folds.json", "values")[0], wanted, rtol=1e-10)
e = u - u.mean(0)
wanted = numpy.einsum("fip,fjp->ij", e, e) / 3 / 10
assert numpy.allclose(array("noise.json", "noise_of_conditions"), wanted, rtol=1e-10, atol=1e-13)
P
expect 1 rdm trials.npy --labels condition.npy --sessions run.npy --noise fold-trials
says err "fold-trials is for --method crossnobis"
expect 1 rdm layers.npz --noise-of-conditions
expect 1 rdm layer.npy layer.npy --noise-of-conditions
expect 0 rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis --noise-of-conditions --noise trials -o noise.h5
expect 0 rdm layer.npy -o model.h5
expect 0 rsa model.h5 --subjects noise.h5 --noise-of-conditions noise.h5:/noise_of_conditions --similarity whitened-cosine --json
expect 0 rdm layer.npy layer.npy -o both.html
[ -s both.html ] || fail "no page"
expect 0 rdm layer.npy layer.npy
says out "names: layer.npy  layer.npy"
# Every layer of an input; a folder's files are the conditions.
expect 0 rdm layers.npz --json
/usr/bin/python3 - <<'P'
import json, numpy
result = json.load(open("out"))
assert result["names"] == ["first", "second"], result["names"]
values = numpy.array(result["values"]["values"]).reshape(2, 15)
assert numpy.allclose(values[0], numpy.load("wanted.npy"), atol=1e-12)
P
says err "1 arrays of one axis"
expect 0 rdm maps.npz --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
values = result["values"]["values"]
assert result["names"] == ["maps", "flat"] and values[0] == values[1], result["names"]
P
expect 0 rdm images:second --units 1,2
says err "--units chooses parts of recordings"
expect 0 rdm layer.npy --from 1
says err "--from chooses parts of recordings"
expect 0 rdm layers.npz --variable second
says out "names: second"
expect 1 rdm layers.npz --variable third
says err "called third"
expect 0 rdm layers.npz more.npz:first
says out "names: layers.npz:first  second  more.npz:first"
expect 0 rdm images
says out "conditions: ant  bee  cat  dog  fox  owl"
says out "names: first  second"
expect 0 rdm images:second
says out "conditions: ant  bee  cat  dog  fox  owl"
expect 1 rdm layer.npy narrow.npy
says err "neither has ids"
expect 0 rdm repeated.npy --method crossnobis --noise trials -o axes.npy.h5
expect 0 rdm trials.npy --labels condition.npy --sessions repetition.npy --method crossnobis --noise trials -o labels.npy.h5
/usr/bin/python3 - <<'P'
import h5py, numpy
a, b = (h5py.File(name + ".npy.h5")["values"][()] for name in ("axes", "labels"))
assert a.size == 15 and numpy.allclose(a, b, rtol=1e-9, atol=1e-12)
P
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
/usr/bin/python3 -c "import numpy; numpy.save('flat.npy', numpy.zeros((6, 0)))"
expect 1 rdm flat.npy
says err "flat.npy: has no columns"
expect 1 rdm pair.npy pair.npy
says err "2 conditions have the same id in all 2 sets"

# Trials about the events of a recording, dealt to folds; a matrix for each bin of time.
expect 0 simulate --duration 100 --size 6 --states 3 --dwell 1 --seed 1 -o states.nwb
expect 0 rdm states.nwb --events '*' --window-to 0.5 --bin 0.1 --movie --folds odd-even --method crossnobis --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["n_conditions"] == 3 and len(result["names"]) == 5, result["names"]
assert result["names"][0] == "states 0.05 s", result["names"]
assert result["method"] == "crossnobis"
P
says err "events lie outside"
expect 0 rdm states.nwb --events 'state 1,state 2,state 3' --window-to 0.5 --folds random --n-folds 3 --method crossnobis --noise trials -j 1 -o r1.h5
expect 0 rdm states.nwb --events 'state*' --window-to 0.5 --folds random --n-folds 3 --method crossnobis --noise trials -j 2 --json
expect 1 rdm states.nwb --events 'nothing' --window-to 0.5
says err "no intervals with a label of nothing"
expect 1 rdm states.nwb --events '*' --window-from 1 --window-to 0.5
says err "give --window-to"
expect 0 simulate --kind eeg --duration 60 --size 8 --seed 1 -o hands.nwb
expect 0 rdm hands.nwb --events 'left hand,right*' --window-from 0.2 --window-to 1 --method euclidean --json
/usr/bin/python3 - <<'P'
import json
import numpy
random = numpy.random.default_rng(0)
x = random.normal(size=(24, 5, 6))
x[:, 3] = numpy.nan
numpy.save("movie.npy", x)
open("shown.csv", "w").write("id\n" + "".join(f"c{i % 4}\n" for i in range(24)))
open("run.csv", "w").write("run\n" + "".join(f"r{i // 4 % 3}\n" for i in range(24)))
numpy.save("hollow.npy", numpy.full((4, 3, 2), numpy.nan))
P
expect 0 rdm movie.npy --movie --conditions shown.csv --fold-ids run.csv --method crossnobis --json
says err "6 dissimilarities of the movie are missing"
/usr/bin/python3 - <<'P'
import json
import numpy
result = json.load(open("out"))
x = numpy.load("movie.npy")
values = result["values"]["values"]
folds = numpy.array([i // 4 % 3 for i in range(24)])
shown = numpy.array([i % 4 for i in range(24)])
for t in (0, 1, 2, 4):
    means = [[x[(folds == f) & (shown == c), t].mean(axis=0) for c in range(4)] for f in range(3)]
    pair = 0
    for i in range(4):
        for j in range(i + 1, 4):
            total = 0.0
            for f in range(3):
                for g in range(f + 1, 3):
                    total += (means[f][i] - means[f][j]) @ (means[g][i] - means[g][j]) / 6 / 3
            assert abs(values[t][pair] - total) < 1e-12, (t, i, j)
            pair += 1
assert all(value is None or value != value for value in values[3])
P
expect 0 rdm movie.npy --movie --conditions shown.csv --window 2 --joined --method correlation -o movie.html
expect 1 rdm movie.npy --movie --conditions shown.csv --window 6
says err "windows of 6 bins, but there are 5"
expect 1 rdm hollow.npy --movie
says err "no bin of time has a value"
printf "id\na\nb\n" >two.csv
expect 1 rdm movie.npy --movie --fold-ids two.csv
says err "2 rows of conditions for 24 trials"
