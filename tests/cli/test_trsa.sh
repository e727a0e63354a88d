# shellcheck shell=bash
# Topological transforms: ana rsa takes what comes out; thresholds by regions; wrong use is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(3)
regions = 1 - numpy.array([numpy.corrcoef(random.normal(size=(9, 15))) for _ in range(2)])
matrices = []
with open("regions.csv", "w") as table:
    table.write("region,subject\n")
    for region in range(2):
        for subject in range(5):
            noise = 0.05 * random.random(size=(9, 9))
            matrix = regions[region] + noise + noise.T
            numpy.fill_diagonal(matrix, 0)
            matrices.append(matrix)
            table.write(f"{'AB'[region]},s{subject}\n")
numpy.save("brains.npy", numpy.array(matrices))
numpy.save("flat.npy", 1 - numpy.eye(9))
open("short.csv", "w").write("region,subject\nA,s0\n")
open("other.csv", "w").write("area,subject\n" + "A,s0\n" * 10)
numpy.save("one.npy", numpy.zeros((1, 1)))
numpy.save("none.npy", numpy.zeros((0, 0)))
P
expect 0 trsa brains.npy --transform rgdm --low 0.1 --high 0.6 -o geodesic.h5
expect 0 rsa geodesic.h5 --subjects brains.npy --permutations 9 --json
expect 0 trsa brains.npy --regions regions.csv --permutations 19 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "rdm" and result["adaptive"]["accuracy_of_new_subjects"] > 0.8
assert result["low"] == result["adaptive"]["low"] and "high" in result
P
expect 0 trsa brains.npy --regions regions.csv --levels 5 --permutations 9 -j 1 -o a.h5
expect 0 trsa brains.npy --regions regions.csv --levels 5 --permutations 9 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 trsa brains.npy --transform nearest --neighbours 1 -o page.html
says err "that no path joins"
[ -s page.html ] || fail "no page"
expect 2 trsa brains.npy --low 0.8 --high 0.2
says err "above --high"
expect 2 trsa brains.npy --transform sigmoid --regions regions.csv
says err "--regions"
expect 1 trsa flat.npy
says err "do not vary"
expect 1 trsa brains.npy --transform rgdm --low 0 --high 0
says err "no edge is left"
expect 1 trsa brains.npy --regions short.csv
says err "1 rows for 10 matrices"
expect 4 trsa brains.npy --regions other.csv
says err "region"
expect 1 trsa one.npy
expect 1 trsa none.npy
