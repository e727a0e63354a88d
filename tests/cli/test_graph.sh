# shellcheck shell=bash
# Signals to a network, a network to its metrics, signals to visibility graphs.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(4)
source = random.normal(size=(200, 2))
x = source[:, [0, 0, 0, 1, 1]] + 0.3 * random.normal(size=(200, 5))
numpy.save("traces.npy", x)
x[7, 2] = numpy.nan
numpy.save("gap.npy", x)
with open("edges.csv", "w") as f:
    f.write("from,to,weight\n0,1,2\n1,2,1\n2,0,-1\n2,3,5\n")
P
expect 0 graph functional traces.npy --bin 0.5 --json -o network.h5
python3 - <<'P'
import json
found = json.load(open("out"))
edges = sorted(zip(found["from"]["values"], found["to"]["values"]))
assert edges == [(0, 1), (0, 2), (1, 2), (3, 4)], edges
P
expect 0 graph metrics network.h5 --nulls 3 --json
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["schema"] == "network features"
assert found["nodes"]["degree"]["values"] == [2, 2, 2, 1, 1]
assert found["n_components"] == 2 and found["small_world"]["n_nulls"] == 3
P
expect 0 graph functional traces.npy --density 0.4 --null phase-randomised --nulls 9 --json
python3 - <<'P'
import json
world = json.load(open("out"))["small_world"]
assert world["n_nulls"] == 9 and len(world["null_clustering"]["values"]) == 9
assert world["chance"]["quantity"] == ["clustering", "path length"]
P
expect 1 graph functional traces.npy --threshold 1 --null degrees
says err "no edges"
expect 0 graph metrics edges.csv --paths inverse -o metrics.html
expect 0 graph metrics edges.csv --directed --json
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["diameter"] == 3
counts = found["triads"]["count"]["values"]
assert sum(counts) == 4 and counts[9] == 1, counts
P
expect 0 graph visibility traces.npy --bin 0.5 --visibility horizontal -o visibility.h5
expect 0 graph visibility gap.npy --bin 0.5 --json
says err "1 of 5 stretches"
expect 1 graph functional gap.npy --bin 0.5
says err "row 7"
says err "compare pairwise"
/usr/bin/python3 - <<'P'
import numpy
x = numpy.random.default_rng(5).normal(size=(3, 40, 4))
x[0, :, 0] = x[1, 3, 0] = numpy.nan
numpy.save("some.npy", x)
P
expect 0 graph functional some.npy --missing pairwise --threshold 0 --json
python3 - <<'P'
import json
assert len(json.load(open("out"))["from"]["values"]) == 6
P
expect 0 graph functional some.npy --missing pairwise --threshold 0 --least-sessions 2 --json
says err "1 of 4 signals are left out"
expect 1 graph functional some.npy --missing pairwise --measure partial
says err "pearson alone"
expect 2 graph functional traces.npy --measure cosine
says err "pearson"
expect 2 graph metrics edges.csv --damping 1
says err "damping"
