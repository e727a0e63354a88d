# shellcheck shell=bash
# Models against subjects: by id, from records and arrays; threads do not matter; wrong use is said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
layers = random.normal(size=(2, 8, 20))
numpy.save("one.npy", layers[0])
numpy.save("two.npy", layers[1])
model = 1 - numpy.corrcoef(layers[0])
subjects = []
for s in range(6):
    noise = random.normal(size=(8, 8))
    matrix = 1 + model + 0.1 * (noise + noise.T)
    numpy.fill_diagonal(matrix, 0)
    subjects.append(matrix)
numpy.save("subjects.npy", numpy.array(subjects))
numpy.save("crooked.npy", random.normal(size=(8, 8)))
numpy.save("flat.npy", numpy.zeros(8))
open("other.csv", "w").write("id\n" + "".join(f"x{i}\n" for i in range(8)))
P
expect 0 rdm one.npy two.npy -o models.h5
expect 0 rsa models.h5 --subjects subjects.npy --similarity spearman --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "rsa" and result["best"] == "one", result["best"]
assert result["ceiling_low"] < result["ceiling_high"]
P
expect 0 rsa models.h5 --subjects subjects.npy -j 1 -o a.h5
expect 0 rsa models.h5 --subjects subjects.npy -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
expect 0 rsa models.h5 --subjects subjects.npy -o page.html
[ -s page.html ] || fail "no page"
for drawn in subjects conditions both dual; do
    expect 0 rsa models.h5 --subjects subjects.npy --bootstrap $drawn --bootstraps 50 --json
    says out "\"drawn\": \"$drawn\""
done
expect 0 rsa models.h5 --subjects subjects.npy --groups a,a,b,c,c,d --test signed-rank --json
says out '"n_groups_of_subjects": 4'
expect 2 rsa models.h5 --subjects subjects.npy --groups a,b
says err "2 ids for 6 matrices"
/usr/bin/python3 -c 'import numpy; numpy.save("noise.npy", numpy.eye(8)); numpy.save("short.npy", numpy.eye(5))'
expect 0 rsa models.h5 --subjects subjects.npy --similarity whitened-cosine --json
cp out plain.json
expect 0 rsa models.h5 --subjects subjects.npy --similarity whitened-cosine --noise-of-conditions noise.npy --json
/usr/bin/python3 - <<'P'
import json
a, b = json.load(open("plain.json")), json.load(open("out"))
assert abs(a["ceiling_low"] - b["ceiling_low"]) < 1e-12
P
expect 1 rsa models.h5 --subjects subjects.npy --similarity whitened-cosine --noise-of-conditions short.npy
says err "8 conditions"
expect 4 rsa models.h5 --subjects subjects.npy --similarity whitened-cosine --noise-of-conditions noise.npy --bootstrap both
says err "draw subjects alone"
expect 0 rsa models.h5 --subjects subjects.npy --flexible --fold-bootstraps 10 --bootstrap both --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))["flexible"]
assert result["predictions"] == ["one", "two", "select", "weighted", "non-negative", "interpolated"]
assert result["n_condition_folds"] == 1 and result["bootstrap"]["n_samples"] == 10
P
expect 0 rsa models.h5 --subjects subjects.npy --flexible --kind weighted -o together.html
expect 0 rsa models.h5 --subjects subjects.npy --partition --json
/usr/bin/python3 - <<'P'
import json
import numpy as np
of = json.load(open("out"))["partition"]
assert of["sets"]["models"] == ["one", "two", "one & two"]
def array(name):
    return np.reshape(of[name]["values"], of[name]["shape"])
keep = np.triu_indices(8, 1)
x = np.array([(1 - np.corrcoef(np.load(f"{name}.npy")))[keep] for name in ("one", "two")])
y = np.load("subjects.npy")[0][keep]
x, y = x - x.mean(1, keepdims=True), y - y.mean()
weights = np.linalg.lstsq(x.T, y, rcond=None)[0]
assert np.allclose(array("weights")[:, 0], weights, rtol=1e-9)
assert abs(array("r2_by_subject")[0] - (1 - ((y - weights @ x) ** 2).sum() / (y**2).sum())) < 1e-12
shares, r2 = array("shares"), array("r2_by_subject")
assert np.allclose(shares.sum(0), r2, atol=1e-12)
assert np.allclose(shares[:2], array("unique"), atol=1e-12)
P
expect 1 rsa models.h5 --subjects subjects.npy --flexible --condition-folds 4
says err "a fold needs a subject and three conditions"
expect 2 rsa models.h5
says err "--subjects"
expect 1 rsa crooked.npy --subjects subjects.npy
says err "differs from itself"
expect 1 rsa flat.npy --subjects subjects.npy
says err "condition x condition"
expect 0 rdm one.npy --conditions other.csv -o other.h5
expect 1 rsa other.h5 --subjects subjects.npy
says err "0 conditions have the same id"
expect 4 rsa nothing.h5 --subjects subjects.npy
# Structs of MATLAB's toolbox: whole and packed matrices, each with its name.
if /usr/bin/python3 - <<'P'
import numpy
import scipy.io
random = numpy.random.default_rng(4)
def square():
    x = random.uniform(1, 2, size=(6, 6))
    return (x + x.T) * (1 - numpy.eye(6))
def structs(matrices):
    made = numpy.zeros((1, len(matrices)), dtype=[("RDM", object), ("name", object), ("color", object)])
    for k, m in enumerate(matrices):
        made[0, k] = (m, f"model {k}", [0, 0, 1])
    return made
whole = [square() for _ in range(3)]
packed = [m[numpy.triu_indices(6, 1)][None, :] for m in whole]
scipy.io.savemat("whole.mat", {"RDMs": structs(whole)})
scipy.io.savemat("packed.mat", {"RDMs": structs(packed), "x": 1.0}, do_compression=True)
numpy.save("fewer.npy", whole[0][:5, :5])
scipy.io.savemat("odd.mat", {"RDMs": structs([whole[0], numpy.ones((1, 7))])})
scipy.io.savemat("none.mat", {"RDMs": structs([numpy.ones((1, 7))])})
P
then
    expect 0 rsa whole.mat --subjects packed.mat --similarity pearson --permutations 9 --json
    /usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["subjects"] == ["model 0", "model 1", "model 2"], result["subjects"]
values = result["values"]["values"]
assert all(abs(values[k][k] - 1) < 1e-12 for k in range(3)), values
P
    expect 1 rsa whole.mat --subjects fewer.npy
    says err "neither has ids"
    expect 1 rsa odd.mat --subjects packed.mat
    says err "model 1: 7 values; 6 conditions"
    expect 1 rsa none.mat --subjects packed.mat
    says err "model 0 is no dissimilarity matrix"
fi
# Packed matrices, beside texts and pickled objects that are passed over.
/usr/bin/python3 - <<'P'
import numpy
random = numpy.random.default_rng(5)
rdm = random.uniform(1, 2, size=15)
numpy.savez("mixed.npz", rdm=rdm, names=numpy.array(["a", "b"]), meta=numpy.array({"layer": 1}, dtype=object))
numpy.save("packed.npy", numpy.vstack([rdm, 2 * rdm]))
rdm[3] = numpy.inf
numpy.save("endless.npy", rdm)
P
expect 0 rsa mixed.npz --subjects packed.npy --similarity pearson --permutations 9 --json
says err "2 of 3 arrays are texts or objects"
/usr/bin/python3 - <<'P'
import json
values = json.load(open("out"))["values"]["values"]
assert all(abs(value - 1) < 1e-12 for value in values[0]), values
P
expect 1 rsa endless.npy --subjects packed.npy
says err "pair 3 is infinite"
