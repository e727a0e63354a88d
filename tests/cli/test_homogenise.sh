# shellcheck shell=bash
# Traces of worms in a published layout become sessions of named neurons that other commands take.
. "$(dirname "$0")/support.sh"

python3 - <<'P'
import json, math, random
random.seed(3)
labels = ["AVAL", "AVAR", "RIS", "VB02", "SIBV?", "AVAL"]
for name, n in (("a", 200), ("b", 260), ("short", 40)):
    with open(name + ".json", "w") as file:
        json.dump({
            "trace_array": [[math.sin(0.1 * t * (i + 1)) + random.gauss(0, 0.1) for t in range(n)]
                            for i in range(8)],
            "timestamp_confocal": [1000 + 0.6 * t for t in range(n)],
            "labeled": {str(i + 1): {"label": label, "confidence": 1 + i}
                        for i, label in enumerate(labels)},
        }, file)
P
expect 0 homogenise a.json b.json short.json --common --json
says err "short: left out: it lasts 23.4 s"
python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "worms" and result["n_animals"] == 2 and result["n_excluded"] == 1
worm = result["worm"]["000"]
assert worm["label"][:6] == ["AVAL", "AVAR", "RIS", "VB02", "SIBV?", "AVAL"], worm["label"]
names = result["neurons"]
index = worm["label_index"]
index = index["values"] if isinstance(index, dict) else index
assert [names[i] if i >= 0 else None for i in index] == [
    None, "AVAR", "RIS", "VB2", None, "AVAL", None, None], index
P
expect 0 homogenise a.json b.json --dt 0.6 --smooth gaussian --smooth-width 1 --common -q -o worms.h5
expect 0 homogenise a.json b.json --dt 0.6 --smooth gaussian --smooth-width 1 --common -q -o again.h5
cmp worms.h5 again.h5 || fail "two runs differ"
expect 0 affinity worms.h5 --json
expect 0 ntf --animals worms.h5 --rank 1 --restarts 1 --allow-nonconverged --json
says out '"a"'
says out '"b"'
expect 0 homogenise a.json --dense --json
python3 - <<'P'
import json
result = json.load(open("out"))
worm = result["worm"]["000"]
dense = worm["dense"]
rows = dense["values"] if isinstance(dense, dict) else dense
flat = rows if not isinstance(rows[0], list) else [v for row in rows for v in row]
calcium = worm["calcium"]
calcium = calcium["values"] if isinstance(calcium, dict) else calcium
flat_calcium = calcium if not isinstance(calcium[0], list) else [v for row in calcium for v in row]
slot = result["neurons"].index("RIS")
assert flat[3 * 300 + slot] == flat_calcium[3 * 8 + 2]
assert sum(v is not None for v in flat[:300]) == 4
P
expect 0 homogenise a.json --compat --smooth moving --json
printf 'trace_index0,label,confidence\n2,RID,4\n' >labels.csv
expect 0 homogenise a.json --labels labels.csv -o one.html
says one.html "RID"
expect 1 homogenise a.json --labels labels.csv,labels.csv
says err "more files than there are animals, 1"
expect 1 homogenise short.json
says err "none of 1 animals is left"
expect 2 homogenise a.json --smooth median
says err "exponential"
printf '{"trace_array": [[1, 2], [3]], "timestamp_confocal": [0, 1], "labeled": {}}' >bad.json
expect 4 homogenise bad.json
says err "lists of 2 numbers"
