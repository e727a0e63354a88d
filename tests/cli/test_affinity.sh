# shellcheck shell=bash
# Affinities of an array of traces; bad input is refused with its reason.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
numpy.save("traces.npy", random.normal(size=(60, 5)).cumsum(0))
P
expect 0 affinity traces.npy --bin 0.5 --sigma 1 --tensor --json
python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "affinity"
tensor = result["tensor"]
text = json.dumps(tensor)
assert "[" in text
P
expect 0 affinity traces.npy --bin 0.5 -j 1 -o one.h5
expect 0 affinity traces.npy --bin 0.5 -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
expect 0 affinity traces.npy --bin 0.5 --kernel pearson-positive --window 5 -o pearson.svg
expect 1 affinity traces.npy
says err "--bin"
expect 1 affinity traces.npy --bin 0.5 --sigma 100
says err "longer than the recording"
expect 2 affinity traces.npy --bin 0.5 --kernel cosine
says err "geom"
