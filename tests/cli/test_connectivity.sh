# shellcheck shell=bash
# Spectra of short windows and connectivity, of a recording with places known by name.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'PYTHON'
import math, random
random.seed(4)
rows = []
for t in range(1600):
    a, b, c, d = (random.gauss(0, 1) for _ in range(4))
    wave = math.sin(2 * math.pi * 10 * t / 160)
    late = math.sin(2 * math.pi * 10 * (t - 4) / 160)
    rows.append((2 * wave + a, 2 * late + b, c, d))
with open("four.csv", "w") as out:
    out.write("C3,C4,Fz,Pz\n")
    out.writelines(",".join(f"{x:.6f}" for x in row) + "\n" for row in rows)
PYTHON

# holds EXPRESSION: true of the JSON in out, called `r`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); sys.exit(0 if ($1) else 1)" ||
        fail "not: $1"
}

expect 0 spectrum four.csv --rate 160 --method burg --window 0.25 --order 6 --max-frequency 40 --json
holds 'r["spectrum"]["values"]["shape"] == [4, 41]'
holds 'max(range(41), key=r["spectrum"]["values"]["values"][0].__getitem__) in (9, 10, 11)'
expect 2 spectrum four.csv --rate 160 --method burg --order -1
expect 1 spectrum four.csv --rate 160 --method burg --window 0.25 --order 40
says err "an order of 40 with windows of 40 samples"

expect 0 connectivity four.csv --rate 160 --measure wpli --min-frequency 10 --max-frequency 10 --json
holds 'r["schema"] == "connectivity" and r["measure"] == "wpli"'
holds 'r["connectivity"]["values"]["shape"] == [4, 4, 1]'
holds 'r["connectivity"]["values"]["values"][0][1][0] > 0.9 > 2 * r["connectivity"]["values"]["values"][0][2][0] - 0.9'
holds 'len(r["topography"]["labels"]) == 4'
expect 0 connectivity four.csv --rate 160 --method hilbert --measure plv --min-frequency 8 --max-frequency 12 -o plv.h5
expect 0 report plv.h5 -o plv.html
grep -q "10-10 system" plv.html || fail "the page lacks the head"
expect 1 connectivity four.csv --rate 160 --method hilbert
says err "a lowest frequency above 0"
expect 1 connectivity four.csv --rate 160 --channels C3
says err "two channels or more"
expect 1 connectivity four.csv --rate 160 --window 500
says err "no two channels have two windows of 500 s"
expect 1 spectrum four.csv --rate 160 --window 500
says err "no channel has a window of 500 s"
expect 1 spectrum four.csv --rate 160 --min-frequency 90
says err "no frequency from 90 to 80 Hz"
expect 2 connectivity four.csv --rate 160 --measure closeness
expect 4 connectivity nowhere.edf
