# shellcheck shell=bash
# A functional network held against a connectome.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(8)
names = ["A%02d" % i for i in range(12)]
driven = random.normal(size=(300, 12))
driven[:, 1] += driven[:, 0]
driven[:, 3] += driven[:, 2]
driven[:, 5] += driven[:, 4]
driven[:, 7] -= driven[:, 6]
numpy.savetxt("traces.csv", driven, delimiter=",", header=",".join(names), comments="")
with open("wires.tsv", "w") as f:
    f.write("pre\tpost\ttype\tsynapses\n")
    for a, b, kind, n in ((0, 1, "chemical", 3), (2, 3, "chemical", 2), (4, 5, "electrical", 2),
                          (7, 6, "electrical", 1), (8, 9, "chemical", 1)):
        f.write("%s\t%s\t%s\t%d\n" % (names[a], names[b], kind, n))
    f.write("A01\tmuscle\tchemical\t5\n")
with open("places.csv", "w") as f:
    f.write("name,x,y\n")
    for i, name in enumerate(names):
        f.write("%s,%g,%g\n" % (name, i % 4, i // 4))
P
expect 0 graph functional traces.csv --threshold 0 -o function.h5
expect 0 graph compare wires.tsv function.h5 --positions places.csv --json -o compared.html
says err "10 nodes are in both networks, 1 in the reference alone, 2 in the other alone"
python3 - <<'P'
import json
found = json.load(open("out"))
rows = dict(zip(found["statistics"]["statistic"], found["statistics"]["value"]["values"]))
assert rows["auc electrical"] == 1 and 0.6 < rows["auc chemical"] <= 1, rows
assert found["n_pairs"] == 45 and not found["ordered_pairs"]
for null in ("labels", "degrees", "distance"):
    p = dict(zip(found[null]["statistic"], found[null]["p"]["values"]))
    assert p["auc any"] < 0.05, (null, p)
P
expect 0 graph compare wires.tsv wires.tsv --edges chemical --nulls 10 --json
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["ordered_pairs"] and found["statistics"]["statistic"][0] == "pearson"
P
expect 1 graph compare wires.tsv traces.csv
printf 'from,to\nx,y\ny,z\nz,x\n' >elsewhere.csv
expect 1 graph compare wires.tsv elsewhere.csv
says err "share 0 nodes"
expect 4 graph compare wires.tsv function.h5 --positions elsewhere.csv
says err "columns x, y and z"
expect 2 graph compare wires.tsv
