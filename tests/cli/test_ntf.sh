# shellcheck shell=bash
# Motifs of an array of traces; threads do not matter; bad input is refused with its reason.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
groups = numpy.sin(0.3 * numpy.arange(80)[:, None] * numpy.array([1, 1.7]))
traces = groups[:, [0, 0, 0, 1, 1, 1]] + 0.02 * random.normal(size=(80, 6))
traces[10:20, 4] = numpy.nan
numpy.save("traces.npy", traces)
traces = groups[:, [0, 0, 0, 1, 1, 1]] + 0.02 * random.normal(size=(80, 6))
traces[:, 2] = numpy.nan
numpy.save("second.npy", traces)
numpy.save("short.npy", traces[:70])
P
expect 0 ntf traces.npy --bin 0.5 --rank 2 --restarts 4 --seed 3 --max-iterations 2000 --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "ntf" and result["rank"] == 2
assert 0 < result["relative_error"] < 1
assert "motif_2" in result and "time_factors" in result
P
expect 0 ntf traces.npy --bin 0.5 --rank 2 --allow-nonconverged -j 1 -o one.h5
expect 0 ntf traces.npy --bin 0.5 --rank 2 --allow-nonconverged -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 3 ntf traces.npy --bin 0.5 --rank 2 --max-iterations 1 --restarts 1
says err "not converged"
expect 0 ntf traces.npy --bin 0.5 --kernel min --rank 2 --allow-nonconverged -o min.html
says min.html "Motif 2"
expect 0 ntf traces.npy --bin 0.5 --choose-rank --max-rank 3 --folds 2 --restarts 2 \
    --max-iterations 50 --allow-nonconverged --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert 1 <= result["rank"] == result["ranks"]["chosen"] <= 3
P
expect 0 ntf traces.npy --bin 0.5 --rank 2 --symmetric --allow-nonconverged -q
expect 1 ntf traces.npy --bin 0.5 --method admm --smoothness 1
says err "smoothness"
expect 1 ntf traces.npy
says err "--bin"
expect 2 ntf traces.npy --bin 0.5 --rank 0
says err "rank"
expect 0 ntf --animals traces.npy second.npy --bin 0.5 --rank 2 --allow-nonconverged --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert "animal_weights" in result and "motif_1" in result
P
expect 1 ntf --animals traces.npy short.npy --bin 0.5 --rank 2
says err "animal 1 has 6 neurons at 70 times"
expect 0 ntf --animals traces.npy second.npy --bin 0.5 --choose-rank --max-rank 3 --folds 2 \
    --restarts 2 --max-iterations 30 --allow-nonconverged --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert 1 <= result["rank"] == result["ranks"]["chosen"] <= 3
P
expect 0 ntf traces.npy --bin 0.5 --rank 2 --loss kl --init nndsvd --allow-nonconverged -o kl.h5
expect 0 ntf traces.npy --bin 0.5 --rank 2 --loss beta --beta 0.5 --allow-nonconverged
expect 1 ntf traces.npy --bin 0.5 --rank 2 --loss kl --method hals
says err "multiplicative or together"
expect 0 ntf traces.npy --bin 0.5 --start two.h5 --method together --tolerance 1e-10 --json \
    --allow-nonconverged
python3 - <<'P'
import json
result = json.load(open("out"))
assert result["rank"] == 2 and len(result["similarity"]["values"]) == 1
assert result["relative_error"] > 0
P
expect 2 ntf traces.npy --bin 0.5 --start two.h5 --choose-rank
expect 4 ntf traces.npy --bin 0.5 --start traces.npy
