# shellcheck shell=bash
# Dissimilarity matrices of arrays left in their files: the values of those in memory, of NPY, HDF5 and
# safetensors, of more elements than 2^31; what cannot be said of parts is refused.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import json, struct, h5py, numpy
random = numpy.random.default_rng(2)
x = (3 + random.normal(size=(24, 2501))).astype("f4")
numpy.save("x.npy", x)
with h5py.File("x.h5", "w") as file:
    file.create_dataset("layer", data=x, chunks=(5, 300), compression=4)
header = json.dumps({"layer": {"dtype": "F32", "shape": x.shape, "data_offsets": [0, x.nbytes]}}).encode()
open("x.safetensors", "wb").write(struct.pack("<Q", len(header)) + header + x.tobytes())
numpy.save("run.npy", numpy.repeat(numpy.arange(3), 8))
open("ids.csv", "w").write("image\n" + "".join(f"face{i % 8}\n" for i in range(24)))
for name, value in (("nan", numpy.nan), ("inf", numpy.inf)):
    bad = x.copy()
    bad[7, 2400] = value
    numpy.save(name + ".npy", bad)
# More than 2^31 elements, of which the last rows alone are not 0.
n, p = (1 << 21) + 64, 1025
big = numpy.lib.format.open_memmap("big.npy", mode="w+", dtype="i1", shape=(n, p))
big[n - 4:, p - 3:] = [[1, 2, 3], [4, 4, 4], [3, 1, 2], [0, 0, 9]]
big.flush()
labels = numpy.full(n, -1, "i1")
labels[:2] = 0
labels[n - 4:] = range(1, 5)
numpy.save("rows.npy", labels)
P
# Packed values of a run, and the conditions.
values() {
    "$ANA" rdm "$@" --json --quiet | python3 -c \
        'import json, sys; r = json.load(sys.stdin); v = r["values"]
print(json.dumps([v["values"] if isinstance(v, dict) else v, r["conditions"]]))'
}
same() {
    python3 - "$1" "$2" <<'P' || fail "$3: not as in memory"
import json, sys
(a, names), (b, others) = (json.loads(text) for text in sys.argv[1:3])
# Sums of squares of 9 a channel go in another order: crossnobis, their difference, is known to 1e-13 of them.
flat = lambda v: [x for row in v for x in (row if isinstance(row, list) else [row])]
a, b = flat(a), flat(b)
assert names == others and len(a) == len(b) > 0
assert all(abs(x - y) <= 1e-12 * abs(y) + 1e-12 for x, y in zip(a, b)), (a, b)
P
}
whole=$(values x.npy)
for input in x.npy x.h5:/layer x.safetensors; do
    same "$(values $input --max-memory 200k)" "$whole" "$input"
done
for method in euclidean cosine mahalanobis; do
    same "$(values x.npy --method $method --max-memory 200k)" "$(values x.npy --method $method)" $method
done
crossnobis="x.npy --conditions ids.csv --sessions run.npy --method crossnobis"
# shellcheck disable=SC2086
same "$(values $crossnobis --max-memory 200k)" "$(values $crossnobis)" crossnobis
expect 0 rdm x.npy --max-memory 200k -j 1 -o a.h5
says err "by blocks of channels"
expect 0 rdm x.npy --max-memory 200k -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 rdm x.npy
if grep -q "by blocks of channels" err; then fail "a small array is not left in its file"; fi

expect 0 rdm big.npy --labels rows.npy --method euclidean --max-memory 64M --no-hash --json
/usr/bin/python3 - <<'P'
import json, numpy
x = numpy.array([[0, 0, 0], [1, 2, 3], [4, 4, 4], [3, 1, 2], [0, 0, 9]], float)
wanted = [((x[i] - x[j]) ** 2).sum() / 1025 for i in range(5) for j in range(i + 1, 5)]
stored = json.load(open("out"))["values"]
values = numpy.array(stored["values"] if isinstance(stored, dict) else stored).ravel()
assert numpy.allclose(values, wanted, rtol=1e-13, atol=0), (values, wanted)
P
rm -f big.npy

expect 4 rdm x.npy --method spearman --max-memory 200k
says err "all responses in memory"
expect 0 rdm x.npy --method spearman --max-memory 1M
expect 1 rdm nan.npy --max-memory 200k
says err "row 7 is NaN in channel 2400"
expect 1 rdm inf.npy --max-memory 200k
says err "row 7 is infinite in channel 2400"
expect 0 rdm nan.npy
expect 1 rdm x.npy --noise trials --method mahalanobis --max-memory 200k
expect 4 rdm x.npy --conditions run.npy --max-memory 200k
