# shellcheck shell=bash
# Models against brains from files: joined by id, scored, drawn; over time and lag; the real images
# as the reference has them; wrong use and what does not match are said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(3)
n = 14
layers = {f"layer{k}": random.normal(size=(n, 30)).astype("f4") for k in range(3)}
numpy.savez("net.npz", epoch=numpy.arange(4.0), **layers)
numpy.savez("untrained.npz", only=random.normal(size=(n, 30)))
ids = [f"images/{k}.png" for k in range(n)]
open("images.csv", "w").write("id\n" + "".join(f"{i}\n" for i in ids))
order = random.permutation(n)
open("shown.csv", "w").write("id\n" + "".join(f"{k}\n" for k in order[2:]) + "other\n")
for subject in range(3):
    trials = layers["layer1"][order][:, None, :24] + 0.4 * random.normal(size=(n, 5, 24))
    trials[3, 2:] = numpy.nan  # fewer trials of one stimulus
    extra = random.normal(size=(1, 5, 24))
    numpy.save(f"v4_{subject}.npy", numpy.concatenate([trials[2:], extra]))
    numpy.save(f"it_{subject}.npy", random.normal(size=(n - 1, 5, 24)))
# a network of three steps, and a brain that sees step 1 at 40 ms
steps = random.normal(size=(n, 20, 3))
numpy.save("rnn.npy", steps)
meg = random.normal(size=(n, 20, 6))
meg[:, :, 3] = steps[:, :, 0] + 0.2 * random.normal(size=(n, 20))
meg[:, :, 4] = steps[:, :, 1] + 0.2 * random.normal(size=(n, 20))
meg[:, :, 5] = steps[:, :, 2] + 0.2 * random.normal(size=(n, 20))
numpy.save("meg.npy", meg)
numpy.save("few.npy", random.normal(size=(2, 4)))
numpy.save("flat.npy", numpy.zeros(7))
numpy.save("empty.npy", numpy.zeros((0, 5)))
numpy.save("endless.npy", numpy.full((n, 4), numpy.inf))
P
V4=V4/a=v4_0.npy,V4/b=v4_1.npy,V4/c=v4_2.npy
IT=IT/a=it_0.npy,IT/b=it_1.npy,IT/c=it_2.npy
with="--conditions images.csv --brain-conditions shown.csv --by-stem --permutations 199"

# shellcheck disable=SC2086
expect 0 align net.npz --baselines untrained.npz --brains $V4,$IT $with --json
says err "net.npz:layer0: 12 of its 14 stimuli are shared"
says err "arrays of one axis"
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "alignment", result["schema"]
assert result["n_stimuli"] == 12 and result["n_layers"] == 4 and result["n_regions"] == 2
assert result["best"].startswith("V4: net layer1"), result["best"]
scores = result["scores"]
rows = list(zip(*(scores[k]["values"] if isinstance(scores[k], dict) else scores[k]
                  for k in ("region", "model", "layer", "p_chance_max", "rank"))))
assert [r for r in rows if r[0] == "V4" and r[2] == "layer1"][0][3] <= 0.01, rows
assert all(r[3] > 0.05 for r in rows if r[0] == "IT"), rows
left = result["stimuli_left_out"]
assert "other" in left and len(left) == 3, left
P

# Threads change no byte; every measure's page is written.
# shellcheck disable=SC2086
expect 0 align net.npz --brains $V4,$IT $with -j 1 -o a.h5
# shellcheck disable=SC2086
expect 0 align net.npz --brains $V4,$IT $with -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
# shellcheck disable=SC2086
expect 0 align net.npz --brains $V4,$IT $with --unit-draws 3 -o page.html
grep -q "Layers and regions in the plane" page.html || fail "no picture of systems"

# Trials: whitened crossnobis, intervals for other subjects and stimuli.
# shellcheck disable=SC2086
expect 0 align net.npz --brains $V4 $with --profile rsa3 -o rsa3.json
grep -q '"net layer1\|layer1' rsa3.json || fail "no layers"

# The depth of the best layer against distance along the cortex and time.
/usr/bin/python3 - <<'P'
import numpy
random = numpy.random.default_rng(8)
deep = [random.normal(size=(14, 20)) for k in range(4)]
numpy.savez("deep.npz", **{f"layer{k}": deep[k] for k in range(4)})
for region in range(4):
    for subject in "abc":
        seen = random.normal(size=(14, 20, 5))
        for time in range(5):
            weight = max(0, 1 - 0.5 * abs(time - region))
            seen[:, :, time] = weight * deep[region] + 0.3 * seen[:, :, time]
        numpy.save(f"R{region}_{subject}.npy", seen)
open("far.csv", "w").write("region,distance\nR3,41.5\nR0,0\nR2,22\nR1,9\n")
open("near.csv", "w").write("region,distance\nR3,41.5\nR0,0\n")
P
far=$(for r in 0 1 2 3; do for s in a b c; do printf "R%s/%s=R%s_%s.npy," $r $s $r $s; done; done)
steps="--brain-axes stimulus,unit,time --brain-step 0.05 --permutations 0 --halves 0"
# shellcheck disable=SC2086
expect 0 align deep.npz --brains "${far%,}" $steps --distances far.csv -o deep.json
# shellcheck disable=SC2086
expect 0 align deep.npz --brains "${far%,}" $steps --hierarchy -o deep.html
grep -q "Hierarchy of layers and regions" deep.html || fail "no hierarchy"
/usr/bin/python3 - <<'P'
import json
found = json.load(open("deep.json"))["hierarchy"]
scores = found["scores"]
assert scores["score"] == ["spatial", "temporal, peak", "temporal, half maximum"], scores
assert scores["mean"]["values"][0] > 0.99 and scores["mean"]["values"][1] > 0.9, scores
assert scores["subjects"]["values"] == [3, 3, 3], scores
P
# shellcheck disable=SC2086
expect 1 align deep.npz --brains "${far%,}" $steps --distances near.csv
says err "no distance of the region R1"
# shellcheck disable=SC2086
expect 1 align net.npz --brains $V4,$IT $with --hierarchy
says err "neither distances"
# shellcheck disable=SC2086
expect 4 align deep.npz --brains "${far%,}" $steps --distances images.csv
says err 'column "region"'

# Saved dissimilarities on either side.
expect 0 rdm net.npz:layer0 net.npz:layer1 net.npz:layer2 -o models.h5
expect 0 rdm net.npz:layer1 -o brain.h5
expect 0 align models.h5 --brains V4=brain.h5 --permutations 0 --halves 0 --json
grep -q "V4: layer1 (1.000)" out || fail "a brain is not like itself"

# Steps and times: the lag is 30 ms.
expect 0 align rnn.npy --axes stimulus,unit,time --step 0.01 --brains MEG=meg.npy \
    --brain-axes stimulus,unit,time --brain-step 0.01 --profile meg --permutations 199 -o lags.json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("lags.json"))
assert result["best_lag"].startswith("MEG: rnn at 0.03 s"), result["best_lag"]
result = result["numbers"]
lags = result["lag"]["values"] if isinstance(result["lag"], dict) else result["lag"]
at = result["at_lag"]["values"]
p = result["p_at_lag"]["values"]
while isinstance(at[0], list):
    at, p = at[0], p[0]
best = max(range(len(lags)), key=lambda k: at[k])
assert abs(lags[best] - 0.03) < 1e-9 and p[best] <= 0.01, (lags, at, p)
P
# Dissimilarities of subjects over time.
/usr/bin/python3 - <<'P'
import numpy
random = numpy.random.default_rng(5)
seen = 1 - numpy.corrcoef(numpy.load("net.npz")["layer2"])
movie = numpy.ones((4, 5, 14, 14))
for s in range(4):
    for t in range(5):
        noise = random.normal(size=(14, 14))
        movie[s, t] += 0.1 * (noise + noise.T) + (seen if t == 3 else 0)
        numpy.fill_diagonal(movie[s, t], 0)
numpy.save("movie.npy", movie)
P
expect 0 align net.npz --brains MEG=movie.npy --brain-step 0.02 --brain-first -0.02 --permutations 199 \
    -o movie.html --json
/usr/bin/python3 - <<'P'
import json
best = json.load(open("out"))["best"]
assert best.startswith("MEG: layer2") and best.endswith("at 0.04 s)"), best
P
grep -q "MEG: over time" movie.html || fail "no course over time"
expect 2 align rnn.npy --axes stimulus,unit,time --brains MEG=meg.npy
says err "--step"

# A recording: its labelled intervals are trials, some labels have more of them.
expect 0 simulate --states 6 --size 12 --duration 120 --seed 3 -o session.nwb
/usr/bin/python3 - <<'P'
import h5py, numpy
file = h5py.File("session.nwb")
states = file["intervals/states"]
labels = [x.decode() for x in states["label"][()]]
ends, times = file["units/spike_times_index"][()], file["units/spike_times"][()]
names = sorted(set(labels))
counts = numpy.zeros((len(names), len(ends)))
for label, start, stop in zip(labels, states["start_time"][()], states["stop_time"][()]):
    for u, end in enumerate(ends):
        t = times[(ends[u - 1] if u else 0):end]
        counts[names.index(label), u] += ((t >= start) & (t < stop)).sum() / (stop - start)
trials = numpy.array([labels.count(n) for n in names])
numpy.savez("rates.npz", rates=counts / trials[:, None],
            noise=numpy.random.default_rng(1).normal(size=counts.shape))
open("states.csv", "w").write("id\n" + "".join(n + "\n" for n in names))
open("trials.txt", "w").write(f"{trials.min()} {trials.max()}")
P
expect 0 align rates.npz --conditions states.csv --brains V1=session.nwb --bin 0.05 --permutations 0 \
    --halves 0 --measures cka --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["best"].startswith("V1: rates"), result["best"]
def values(node):
    return node["values"] if isinstance(node, dict) else node
fewest, most = map(int, open("trials.txt").read().split())
table = result["matching"]
assert values(table["fewest_trials"])[-1] == fewest, (table, fewest)
assert values(table["most_trials"])[-1] == most, (table, most)
P
expect 0 align rates.npz --conditions states.csv --brains V1=session.nwb --permutations 0 --halves 0 \
    --profile rsa3
# Windows about its events, each bin a time: alike only after they begin.
expect 0 align rates.npz --conditions states.csv --brains V1=session.nwb --events 'state*' --bin 0.25 \
    --window-from -0.5 --window-to 1 --permutations 99 --halves 0 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
def values(node):
    return node["values"] if isinstance(node, dict) else node
times, means = values(result["scores"]["time"]), values(result["scores"]["mean"])
layers = values(result["scores"]["layer"])
course = {t: m for t, m, l in zip(times, means, layers) if l == "rates"}
assert sorted(course) == [-0.375, -0.125, 0.125, 0.375, 0.625, 0.875], course
assert max(course, key=course.get) > 0, course
P
expect 1 align rates.npz --conditions states.csv --brains V1=session.nwb --events 'nothing*'
says err "nothing*"

# Predictions of units, of what their trials allow, over folds of stimuli.
/usr/bin/python3 - <<'P'
import numpy
random = numpy.random.default_rng(9)
features = random.normal(size=(60, 8))
numpy.savez("sixty.npz", seen=features, other=random.normal(size=(60, 8)))
units = features @ random.normal(size=(8, 5))
numpy.save("neurons.npy", units[:, None] + 1.5 * random.normal(size=(60, 6, 5)))
P
expect 0 align sixty.npz --brains V1=neurons.npy --profile brainscore --components 5 --permutations 9 \
    --halves 1 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["measure"] == "encoding" and result["best"].startswith("V1: seen (0.9"), result["best"]
P
expect 0 align sixty.npz --brains V1=neurons.npy --profile ssm --unit-draws 4 --permutations 9 --json
grep -q drawn_mean out || fail "no draws of units"

# What does not match, and what is no input.
expect 2 align net.npz
says err "--brains"
expect 1 align net.npz --brains V4=v4_0.npy --brain-conditions shown.csv --conditions images.csv
says err "0 stimuli have values in all"
says err "images/0.png"
/usr/bin/python3 - <<'P'
import h5py
h5py.File("ids.h5", "w")["shown"] = [f"{k}.png" for k in range(14)]
P
expect 0 align net.npz --conditions ids.h5:/shown --brains net.npz --brain-conditions images.csv \
    --by-stem --permutations 0
expect 1 align net.npz --conditions ids.h5:/shown --brains rates.npz --brain-conditions ids.h5:/shown
says err "14 ids of conditions for 6 stimuli"
expect 1 align net.npz --brains V4=v4_0.npy --by-order
says err "by order they must agree"
expect 1 align few.npy --brains few.npy
says err "at least 3"
expect 1 align flat.npy --brains meg.npy
says err "one axis"
expect 1 align empty.npy --brains empty.npy
says err "no values"
expect 1 align endless.npy --brains endless.npy
says err "infinite"
expect 1 align net.npz --brains net.npz --axes stimulus,colour
says err "colour is none of"
expect 1 align net.npz --brains net.npz --axes stimulus,unit,time
says err "names 3"
expect 1 align net=net.npz:layer0 net=net.npz:layer0 --brains net.npz
says err "layer layer0 is given twice in net"
expect 1 align net.npz --brains V4/a=net.npz:layer0,V4/a=net.npz:layer1
says err "subject a is given twice in V4"
expect 1 align net.npz --brains net.npz --measures charm
says err "charm"
expect 4 align nothing.npz --brains net.npz

# The real images, from the raw files in one command.
data=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/alignment/net2brain78
reference=${ANA_SHARED:-$ANA_SOURCE/../shared}/reference/alignment/real.h5
if [ -r "$reference" ] && [ -r "$data/fmri78_IT_RDMs.npz" ]; then
    expect 0 align resnet18="$data/resnet18_78images.h5" --brains \
        "EVC=$data/fmri78_EVC_RDMs.npz,IT=$data/fmri78_IT_RDMs.npz" --by-order -o real.h5
    REFERENCE=$reference /usr/bin/python3 - <<'P' || fail "not the reference's values"
import os, h5py, numpy
ours, theirs = h5py.File("real.h5"), h5py.File(os.environ["REFERENCE"])
def texts(node):
    return [t.decode() if isinstance(t, bytes) else t for t in node[()]]
layers = texts(ours["numbers/layers"])
rows = [layers.index(f"gap/layer{k}") for k in range(1, 5)]
it = texts(ours["numbers/regions"]).index("IT")
numpy.testing.assert_allclose(ours["numbers/values"][it][rows],
                              theirs["fmri78/out/eval/rho-a"][()], rtol=1e-8, atol=1e-7)
numpy.testing.assert_allclose(ours["numbers/ceiling"][it],
                              theirs["fmri78/out/ceiling/rho-a"][()], rtol=1e-8, atol=1e-7)
P
fi
