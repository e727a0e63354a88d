# shellcheck shell=bash
# Ready-made arrays, and saved affinities: the same result however they are stored; negative values
# by rule.
. "$(dirname "$0")/support.sh"
export OMP_NUM_THREADS=1 # dozens of small fits; test_ntf_large.sh has more

/usr/bin/python3 - <<'P' || exit 77
import h5py, numpy, scipy.io
random = numpy.random.default_rng(2)
u, w = random.random((7, 3)), random.random((31, 3))
x = numpy.einsum("ir,jr,tr->ijt", u, u, w) + 0.01
x = (x + x.transpose(1, 0, 2)) / 2
numpy.save("x.npy", x)
numpy.save("x32.npy", x.astype("f4"))
numpy.savez("x.npz", x=x, other=x[0])
scipy.io.savemat("x.mat", {"x": x})
with h5py.File("x.h5", "w") as f:
    f.create_dataset("g/x", data=x, chunks=(3, 2, 9), compression="gzip")
numpy.save("first.npy", x.transpose(2, 0, 1))
holes = x.copy()
holes[1, 2, 3:9] = numpy.nan
numpy.save("holes.npy", holes)
weights = numpy.ones_like(x)
weights[1, 2, 3:9] = 0
numpy.save("weights.npy", weights)
holes[1, 2, 3:9] = -0.5
numpy.save("negative.npy", holes)
i, j = numpy.triu_indices(7, 1)
numpy.save("pairs.npy", numpy.stack([x[i, j], 2 * x[i, j]]).transpose(2, 0, 1))
numpy.save("flat.npy", x[i, j])
numpy.save("infinite.npy", numpy.where(x == x.max(), numpy.inf, x))
traces = numpy.cumsum(random.normal(size=(60, 6)), axis=0)
traces[10:20, 4] = numpy.nan
numpy.save("traces.npy", traces)
P
fit="--rank 2 --restarts 3 --seed 4 --max-iterations 40 --allow-nonconverged --no-hash -q --json -j 1"

# error INPUT [OPTION]...: the relative error of that fit.
error() {
    # shellcheck disable=SC2086
    expect 0 ntf "$@" $fit
    python3 -c 'import json; print(json.load(open("out"))["relative_error"])'
}
same() {
    python3 -c "import sys; sys.exit(abs($1 - $2) > $3)" || fail "$1 and $2 differ by more than $3"
}
whole=$(error x.npy --array)
same "$whole" "$(error x.npz:x --array)" 0
same "$whole" "$(error x.mat --array)" 0
same "$whole" "$(error x.h5:/g/x --array)" 0
same "$whole" "$(error x.h5 --array --storage file)" 1e-12
same "$whole" "$(error x.npy --array --storage file)" 1e-12
same "$whole" "$(error first.npy --array --axes time,neuron,neuron)" 0
same "$whole" "$(error x.npy --array --storage float)" 1e-6 # 24 bits of each value
same "$whole" "$(error first.npy --array --axes time,a,b --storage float)" 1e-6
same "$(error x32.npy --array)" "$(error x32.npy --array --storage float)" 1e-12
expect 0 ntf x.npy --array --rank 2 --restarts 1 --max-iterations 2 --allow-nonconverged -o start.h5
expect 0 ntf x.npy --array --storage file --choose-rank --max-rank 3 --folds 2 --restarts 2 \
    --max-iterations 20 --allow-nonconverged --json
grep -q '"stability"' out || fail "the rank is chosen of an array in its file"
holes=$(error holes.npy --array)
same "$holes" "$(error negative.npy --array --negative missing)" 0
same "$holes" "$(error negative.npy --array --negative missing --storage file)" 1e-12
same "$holes" "$(error x.npy --array --weights weights.npy)" 0
same "$holes" "$(error x.npy --array --weights weights.npy --storage float)" 1e-6
expect 0 ntf negative.npy --array --negative zero --rank 2 --allow-nonconverged
says err "6 negative values count as 0"
expect 0 ntf x.npy --array --rank 2 --allow-nonconverged
says err "7 x 7 x 31, slices symmetric"
expect 0 ntf x.npy --array --rank 2 --symmetric --allow-nonconverged -q

expect 0 ntf pairs.npy --array --axes time,animal,pair --rank 2 --allow-nonconverged --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert "animal_weights" in result and result["motif_1"]["values"]["shape"] == [7, 7]
assert result["mode_2"]["name"] == "time"
P
expect 0 ntf flat.npy --array --axes pair,time --bin 0.5 --rank 2 --allow-nonconverged --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert result["mode_0"]["factor"]["shape"] == [7, 2] == result["mode_1"]["factor"]["shape"]
assert result["bin"]["value"] == 0.5
P

# Three multiplicative steps for Kullback-Leibler, and for beta 1/2, by numpy's arithmetic.
for loss in "kl 1" "beta 0.5"; do
    read -r name beta <<<"$loss"
    expect 0 ntf x.npy --array --start start.h5 --loss "$name" --beta "$beta" --max-iterations 3 \
        --tolerance 0 --allow-nonconverged --json
    /usr/bin/python3 - "$beta" <<'P'
import h5py, json, numpy, sys
beta = float(sys.argv[1])
x = numpy.load("x.npy")
with h5py.File("start.h5") as f:
    factors = [f[f"mode_{m}/factor"][()] for m in range(3)]
    factors[0] = factors[0] * f["weights"][()]
letters = "ijt"
for _ in range(3):
    for m in range(3):
        y = numpy.einsum("ir,jr,tr->ijt", *factors)
        a, b = [k for k in range(3) if k != m]
        rule = f"ijt,{letters[a]}r,{letters[b]}r->{letters[m]}r"
        up = numpy.einsum(rule, x * y ** (beta - 2), factors[a], factors[b])
        down = numpy.einsum(rule, y ** (beta - 1), factors[a], factors[b])
        factors[m] = factors[m] * (up / down) ** (1 / (2 - beta) if beta < 1 else 1)
model = numpy.einsum("ir,jr,tr->ijt", *factors)
wanted = numpy.linalg.norm(x - model) / numpy.linalg.norm(x)
found = json.load(open("out"))
assert abs(found["relative_error"] - wanted) < 1e-12, (found["relative_error"], wanted)
trace = found["fit"]["objective_trace"]["y"]["values"]
if beta == 1:
    whole = (x * numpy.log(x / x.mean())).sum()
    share = 1 - (x * numpy.log(x / model) - x + model).sum() / whole
    assert abs(trace[-1] - share) < 1e-12, (trace[-1], share)
P
done

# Saved affinities are the tensor they were made of.
expect 0 affinity traces.npy --bin 0.5 --tensor -o affinity.h5
expect 0 affinity traces.npy --bin 0.5 -o means.h5
same "$(error affinity.h5)" "$(error traces.npy --bin 0.5)" 1e-9
expect 1 ntf means.h5 --rank 2
says err "--tensor"

expect 1 ntf negative.npy --array --rank 2
says err "value [1][2][3] is -0.5"
expect 1 ntf negative.npy --array --rank 2 --storage file
says err "value [1][2][3] is -0.5"
expect 1 ntf infinite.npy --array --rank 2 --negative zero
says err "is inf"
expect 1 ntf x.npy --array --axes a,b --rank 2
says err "names 2 axes"
expect 1 ntf flat.npy --array --rank 2 --weights weights.npy
says err "another shape"
expect 4 ntf first.npy --array --axes time,a,b --storage file
says err "time not last"
expect 4 ntf x.npz:x --array --storage file
says err "whole"
expect 1 ntf x.npy --array --axes a,pair,time
says err "7 is no number of pairs"
expect 2 ntf x.npy x.npy --array --rank 2
says err "one input"
expect 2 ntf x.npy --array --animals
