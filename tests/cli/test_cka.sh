# shellcheck shell=bash
# Alignment of layers: of arrays in memory, of arrays left in their files, of more elements than 2^31;
# wrong use and bad input are said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(5)
x = random.normal(size=(300, 20))
y = x @ random.normal(size=(20, 30)) + random.normal(size=(300, 30))
numpy.save("x.npy", x)
numpy.save("y.npy", y.astype("f4"))
numpy.save("z.npy", random.normal(size=(300, 25)))
tall = random.normal(size=(1500, 50))
tall[:, 20:40] += tall[:, :20]
numpy.save("tall.npy", tall[:, :20])
numpy.save("taller.npy", tall[:, 20:].astype("f4"))
tall[7, 3] = numpy.nan
numpy.save("gap.npy", tall[:, :20])
numpy.save("weights.npy", random.random(300))
for name, shape in (("none", (0, 5)), ("no_units", (5, 0)), ("one", (1, 4)), ("three", (3, 4))):
    numpy.save(name + ".npy", numpy.ones(shape))
for name, value in (("nan", numpy.nan), ("inf", numpy.inf)):
    bad = x.copy()
    bad[7, 3] = value
    numpy.save(name + ".npy", bad)
lacking = x.copy()
lacking[:, 4] = numpy.nan
numpy.save("lacking.npy", lacking)
numpy.save("flat.npy", numpy.full((300, 4), 0.1))
# 2^31 and more elements, of which three batches are not 0: the last one ends beyond 2^31.
n, p = (1 << 21) + 64, 1025
for k in range(2):
    big = numpy.lib.format.open_memmap(f"big{k}.npy", mode="w+", dtype="i1", shape=(n, p))
    for first in (0, (n // 64 - 1) // 2 * 64, n - 64):
        rows = numpy.random.default_rng(first).integers(-9, 9, (64, 2))
        big[first:first + 64, p - 1] = rows[:, 0]
        big[first:first + 64, 0] = rows[:, k]
    big.flush()
P
expect 0 cka x.npy y.npy z.npy --permutations 99 --bootstraps 50 --json
/usr/bin/python3 - <<'P'
import json, numpy
def hsic(k, l):
    n = len(k)
    k, l = k - numpy.diag(numpy.diag(k)), l - numpy.diag(numpy.diag(l))
    return ((k * l).sum() + k.sum() * l.sum() / (n - 1) / (n - 2)
            - 2 * k.sum(0) @ l.sum(0) / (n - 2)) / (n * (n - 3))
x, y = (numpy.load(name + ".npy").astype(float) for name in "xy")
k, l = x @ x.T, y @ y.T
wanted = hsic(k, l) / numpy.sqrt(hsic(k, k) * hsic(l, l))
result = json.load(open("out"))
pairs = result["pairs"]
assert abs(pairs["cka"]["values"][0] - wanted) < 1e-10, (pairs["cka"], wanted)
assert pairs["p_max"]["values"][0] == 0.01 and pairs["p_max"]["values"][1] > 0.05
assert pairs["low"]["values"][0] < wanted < pairs["high"]["values"][0]
P
expect 0 cka x.npy y.npy -j 1 -o a.h5
expect 0 cka x.npy y.npy -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 cka x.npy --against y.npy --weights weights.npy --kernel rbf -o page.html
[ -s page.html ] || fail "no page"

# Left in their files: the same value, by units and in batches.
value() {
    "$ANA" cka tall.npy taller.npy --json --quiet "$@" | python3 -c \
        'import json, sys; print(json.load(sys.stdin)["pairs"]["cka"]["values"][0])'
}
whole=$(value)
batches=$(value --batch 100)
parts=$(value --max-memory 2000k)
part_batches=$(value --batch 100 --max-memory 2000k)
python3 -c "assert abs($whole - $parts) < 1e-12 and abs($batches - $part_batches) < 1e-12"
expect 0 cka tall.npy --against taller.npy --max-memory 2000k
says err "read by rows"
expect 0 cka big0.npy big1.npy --batch 64 --batches 3 --max-memory 8M --no-hash --json
/usr/bin/python3 - <<'P'
import json, numpy
n = (1 << 21) + 64
def hsic(k, l):
    n = len(k)
    k, l = k - numpy.diag(numpy.diag(k)), l - numpy.diag(numpy.diag(l))
    return ((k * l).sum() + k.sum() * l.sum() / (n - 1) / (n - 2)
            - 2 * k.sum(0) @ l.sum(0) / (n - 2)) / (n * (n - 3))
sums = numpy.zeros(3)
for first in (0, (n // 64 - 1) // 2 * 64, n - 64):
    rows = numpy.random.default_rng(first).integers(-9, 9, (64, 2)).astype(float)
    x, y = rows[:, [0, 0]], rows[:, [1, 0]]
    k, l = x @ x.T, y @ y.T
    sums += [hsic(k, l), hsic(k, k), hsic(l, l)]
value = json.load(open("out"))["pairs"]["cka"]["values"][0]
assert abs(value - sums[0] / numpy.sqrt(sums[1] * sums[2])) < 1e-10, value
P
expect 1 cka big0.npy big1.npy --form kernels --max-memory 8M
says err "batch"

expect 2 cka
expect 2 cka x.npy --batch 3
expect 2 cka x.npy --kernel cubic
expect 2 cka x.npy --form features --permutations 9
says err "--form features"
expect 2 cka x.npy --batch 9 --bootstraps 9
expect 2 cka x.npy --weights weights.npy --permutations 9
expect 1 cka nan.npy y.npy
says err "stimulus 7, unit 3"
expect 1 cka gap.npy taller.npy --max-memory 2000k
says err "unit 3 is NaN for stimulus 7"
expect 1 cka inf.npy y.npy
expect 0 cka lacking.npy y.npy
says out "n_units_left_out: 1"
says err "1 units without values are left out"
expect 0 cka flat.npy y.npy
says err "no alignment"
expect 1 cka x.npy three.npy
says err "neither has ids"
expect 1 cka x.npy three.npy --by-order
expect 1 cka three.npy
says err "at least 4"
for name in none no_units one; do
    expect 1 cka $name.npy
done
expect 1 cka x.npy y.npy --weights x.npy
says err "weights for"
expect 4 cka nothing.npy
rm -f big0.npy big1.npy
