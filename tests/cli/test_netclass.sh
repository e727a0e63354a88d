# shellcheck shell=bash
# Groups that differ are told apart, those that do not are not; a group for each subject is needed.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(6)
y = numpy.arange(60) % 2
x = random.normal(size=(60, 30))
numpy.save("noise.npy", x)
x[y == 1, :4] += 2
numpy.save("maps.npy", x)
numpy.save("y.npy", y)
signals = random.normal(size=(60, 50, 8))
signals[y == 1, :, :4] += 0.8 * random.normal(size=(30, 50, 1))
numpy.save("signals.npy", signals)
P
expect 0 netclass maps.npy --groups y.npy --kept 0.3 --json -o classes.h5
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["schema"] == "network classification"
assert found["accuracy"] > 0.9, found["accuracy"]
right = [int(g == i % 2) for i, g in enumerate(found["predicted"]["values"])]
assert abs(sum(right) / 60 - found["accuracy"]) < 1e-12
P
expect 0 netclass noise.npy --groups y.npy --kept 0.3 --json
python3 - <<'P'
import json
assert 0.25 < json.load(open("out"))["accuracy"] < 0.75
P
expect 2 netclass maps.npy
says err "--groups"
expect 2 netclass maps.npy --labels y.npy
says err "--labels"
expect 2 netclass maps.npy --groups y.npy --kept 2
says err "kept"
expect 0 netclass signals.npy --groups y.npy --thresholds 0.2,0.3,0.99 --feature degree --json -o classes.html
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["accuracy"] > 0.85, found["accuracy"]
assert set(found["folds"]["maps"]) <= {"threshold 0.2", "threshold 0.3"}, found["folds"]["maps"]
assert found["validation_curve"]["labels"][2] == "threshold 0.99"
confusion = found["confusion"]["values"]["values"]
assert sum(sum(row) for row in confusion) == 60 if isinstance(confusion[0], list) else sum(confusion) == 60
P
expect 0 netclass signals.npy --groups y.npy --densities 0.2 --json
/usr/bin/python3 - <<'P'
import numpy
for of in "maps", "signals":
    x = numpy.load(of + ".npy")
    numpy.save(of + "_sick.npy", x[1::2])
    numpy.save(of + "_well.npy", x[::2])
P
for of in maps signals; do
    level=()
    [ "$of" = maps ] || level=(--thresholds 0.3 --feature degree)
    expect 0 netclass "${of}_sick.npy" "${of}_well.npy" "${level[@]}" --kept 0.5 --json
    python3 - "$of" <<'P'
import json, sys
found = json.load(open("out"))
assert found["accuracy"] > 0.8, found["accuracy"]
right = [int(g == i // 30) for i, g in enumerate(found["predicted"]["values"])]
assert abs(sum(right) / 60 - found["accuracy"]) < 1e-12
assert found["confusion"]["row_labels"] == [sys.argv[1] + "_sick", sys.argv[1] + "_well"], found["confusion"]
P
done
expect 2 netclass signals.npy --thresholds 0.2
says err "--groups"
expect 2 netclass signals.npy --groups y.npy --thresholds 0.2,2
says err "thresholds"
expect 2 netclass signals.npy --groups y.npy --thresholds 0.2 --densities 0.1
says err "not both"
