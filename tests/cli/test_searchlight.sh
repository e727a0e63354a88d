# shellcheck shell=bash
# Where responses match a model: volumes, sensors, graphs, times, recordings; wrong use is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(3)
shown = numpy.arange(36) % 6
runs = numpy.arange(36) // 6
open("shown.csv", "w").write("id\n" + "".join(f"c{c}\n" for c in shown))
open("runs.csv", "w").write("run\n" + "".join(f"r{r}\n" for r in runs))
order = numpy.arange(6)
near = (order[:, None] - order[None, :]).astype(float) ** 2
numpy.save("model.npy", near)
names = "".join(f"c{c}\n" for c in order)
open("ids.csv", "w").write("id\n" + names)
numpy.save("layer.npy", order[:, None] + 1e-3 * random.normal(size=(6, 20)))
volume = random.normal(size=(36, 6, 5, 4))
volume[:, 1:4, 1:4, 1:3] += 1.5 * shown[:, None, None, None] * random.normal(size=(3, 3, 2))
numpy.save("volume.npy", volume)
mask = numpy.ones((6, 5, 4))
mask[0] = 0
numpy.save("mask.npy", mask)
numpy.save("masked.npy", volume[:, mask > 0])
sensors = random.normal(size=(36, 8, 5))
sensors[:, 4:6, 2] += 2 * shown[:, None]
numpy.save("sensors.npy", sensors)
numpy.save("still.npy", sensors[:, 4])
open("places.csv", "w").write("name,x,y\n" + "".join(f"S{i},{i},0\n" for i in range(5)))
open("short.csv", "w").write("name,x,y\nS0,1,2\n")
open("edges.csv", "w").write("from,to\n0,1\n1,2\n2,3\n3,4\n")
open("far.csv", "w").write("from,to\n0,9\n")
open("named.csv", "w").write("from,to\nA,B\n")
P
expect 0 rdm layer.npy --conditions ids.csv --method euclidean -o models.h5
expect 0 searchlight volume.npy --conditions shown.csv --fold-ids runs.csv --method crossnobis --whiten --models models.h5 --mask mask.npy --radius 1 --permutations 99 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
best = result["best"]
x, y, z = (best[a]["values"][0] if isinstance(best[a], dict) else best[a][0] for a in "xyz")
apart = sum(max(low - v, v - high, 0) for v, low, high in ((x, 1, 3), (y, 1, 3), (z, 1, 2)))
assert apart <= 1, (x, y, z)  # its sphere holds what was planted
p = best["p_max"]["values"][0] if isinstance(best["p_max"], dict) else best["p_max"][0]
assert p <= 0.05, p
P
expect 0 searchlight volume.npy --conditions shown.csv --method euclidean --models models.h5 --mask mask.npy --voxel-size 3,3,3 --radius 3 --permutations 19 -j 1 -o a.h5
expect 0 searchlight volume.npy --conditions shown.csv --method euclidean --models models.h5 --mask mask.npy --voxel-size 3,3,3 --radius 3 --permutations 19 -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 searchlight masked.npy --conditions shown.csv --method euclidean --models models.h5 --mask mask.npy --voxel-size 3,3,3 --radius 3 --permutations 19 --json
cp out masked.json
expect 0 searchlight volume.npy --conditions shown.csv --method euclidean --models models.h5 --mask mask.npy --voxel-size 3,3,3 --radius 3 --permutations 19 --json
/usr/bin/python3 - <<'P'
import json
a, b = json.load(open("out")), json.load(open("masked.json"))
assert a["values"] == b["values"]
P
expect 0 searchlight volume.npy --conditions shown.csv --method euclidean --models models.h5 --radius 1.5 --permutations 0 -o volume.html
[ -s volume.html ] || fail "no page"
expect 0 searchlight sensors.npy --conditions shown.csv --method euclidean --models models.h5 --positions places.csv --radius 1 --window 2 --bin 0.1 --permutations 99 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
best = result["best"]
assert best["centre"][0] in ("S1", "S2", "S3"), best["centre"]
time = best["time"]["values"][0] if isinstance(best["time"], dict) else best["time"][0]
assert 0.35 < time < 0.65, time
assert len(result["curves"]["x"]["values"]) == 7
P
expect 0 searchlight sensors.npy --conditions shown.csv --method euclidean --models models.h5 --positions places.csv --neighbours 2 --permutations 9 -o sensors.html
expect 0 searchlight sensors.npy --conditions shown.csv --method euclidean --models models.h5 --permutations 9 -o times.html
expect 0 searchlight still.npy --conditions shown.csv --method euclidean --models models.h5 --graph edges.csv --steps 1 --permutations 9 --json
expect 0 simulate --duration 100 --size 6 --states 3 --dwell 1 --seed 1 -o states.nwb
expect 0 rdm states.nwb --events '*' --window-to 0.5 --method euclidean -o states.h5
expect 0 searchlight states.nwb --events '*' --window-to 0.5 --bin 0.1 --models states.h5 --method euclidean --permutations 5 --json
expect 0 searchlight still.npy --conditions shown.csv --fold-ids runs.csv --method crossnobis --models models.h5 --graph edges.csv --permutations 0 --matrices each.npy --json
/usr/bin/python3 - <<'P'
import numpy
each = numpy.load("each.npy")
assert each.shape == (5, 15), each.shape
x = numpy.load("still.npy")[:, 1:4].reshape(6, 6, 3)  # fold, condition, the channels about 2
delta = x[:, 0] - x[:, 1]
wanted = ((delta @ delta.T).sum() - (delta**2).sum()) / 30 / 3
assert abs(each[2, 0] - wanted) < 1e-12, (each[2, 0], wanted)
P
expect 4 searchlight still.npy --conditions shown.csv --models models.h5 --graph edges.csv --permutations 0 --matrices each.npy
says err "each.npy: is there already"
expect 2 searchlight volume.npy --radius 1
says err "--models"
expect 2 searchlight still.npy --conditions shown.csv --models models.h5
says err "where are the channels"
expect 1 searchlight volume.npy --conditions shown.csv --models models.h5
says err "radius"
expect 1 searchlight sensors.npy --conditions shown.csv --models models.h5 --positions short.csv --radius 1
says err "1 rows with 2 columns of numbers, for 5 sensors"
expect 1 searchlight sensors.npy --conditions shown.csv --models models.h5 --graph far.csv
says err "joins 0 and 9"
expect 1 searchlight sensors.npy --conditions shown.csv --models models.h5 --graph named.csv
says err "numbers of channels"
expect 1 searchlight sensors.npy --conditions shown.csv --models models.h5 --mask still.npy --radius 1
says err "a mask has three axes"
expect 1 searchlight volume.npy --conditions shown.csv --models models.h5 --mask sensors.npy --radius 1
says err "but responses have 6 x 5 x 4"
expect 1 searchlight volume.npy --conditions shown.csv --models models.h5 --radius 1 --voxel-size 3,3
expect 1 searchlight sensors.npy --conditions shown.csv --models models.h5 --window 9
says err "windows of 9 of 8 bins"
expect 1 searchlight sensors.npy --models model.npy --permutations 0 --whiten
expect 4 searchlight nothing.npy --models models.h5
# Sensors where the recording has them, each event a condition of its own.
expect 0 simulate --kind eeg --duration 120 --size 8 --seed 1 -o hands.nwb
expect 0 rdm hands.nwb --events '*' --condition-column id --window-from 0.5 --window-to 1 --method euclidean -o own.h5
expect 0 searchlight hands.nwb --events '*' --condition-column id --window-to 1 --bin 0.25 --models own.h5 --method euclidean --neighbours 3 --permutations 9 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["n_centres"] == 8 * 4, result["n_centres"]
assert any(centre.startswith("C") or centre.startswith("F") or centre == "Pz" for centre in result["best"]["centre"])
assert "sensors_0" in result and "curves" in result
P
expect 1 searchlight hands.nwb --events '*' --window-to 1 --models own.h5 --neighbours 3
says err "three are needed"
