# shellcheck shell=bash
# Affinities of an array of traces; bad input is refused with its reason.
. "$(dirname "$0")/support.sh"

python3 - <<'P'
import random
random.seed(1)
row = [0.0] * 5
with open("traces.csv", "w") as traces:
    for _ in range(60):
        row = [value + random.gauss(0, 1) for value in row]
        traces.write(",".join(map(repr, row)) + "\n")
P
expect 0 affinity traces.csv --bin 0.5 --sigma 1 --tensor --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "affinity"
tensor = result["tensor"]
text = json.dumps(tensor)
assert "[" in text
P
expect 0 affinity traces.csv --bin 0.5 -j 1 -o one.h5
expect 0 affinity traces.csv --bin 0.5 -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 0 affinity traces.csv --bin 0.5 --kernel pearson-positive --window 5 -o pearson.svg
expect 1 affinity traces.csv
says err "--bin"
expect 1 affinity traces.csv --bin 0.5 --sigma 100
says err "longer than the recording"
expect 2 affinity traces.csv --bin 0.5 --kernel cosine
says err "geom"
