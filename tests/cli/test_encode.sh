# shellcheck shell=bash
# Encoding: stimuli joined by id, ceilings from trials, groups and animals by table, threads do not
# matter, wrong use and degenerate input are said.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(1)
n, p, q, r = 40, 10, 6, 3
features = random.normal(size=(n, p))
signal = features @ random.normal(size=(p, q))
numpy.savez("layers.npz", right=features, wrong=random.normal(size=(n, p)))
order = random.permutation(numpy.repeat(numpy.arange(n), r))
trials = signal[order] + random.normal(size=(n * r, q))
trials[:, 4] = numpy.nan
trials[:, 5] = 2.5
numpy.save("trials.npy", trials)
numpy.save("cube.npy", signal[:, None, :] + random.normal(size=(n, r, q)))
numpy.save("cube2.npy", signal[:, None, :] + random.normal(size=(n, r, q)))
numpy.save("single.npy", signal)
numpy.save("more.npy", signal ** 2)
numpy.save("one_row.npy", signal[:1])
numpy.save("no_rows.npy", signal[:0])
numpy.save("no_columns.npy", signal[:, :0])
numpy.save("flat.npy", numpy.ones((n, p)))
hole = signal.copy()
hole[3, 1] = numpy.nan
numpy.save("hole.npy", hole)
hole[3, 1] = numpy.inf
numpy.save("endless.npy", hole)
names = [f"image {i}" for i in range(n)]
open("images.csv", "w").write("id\n" + "\n".join(names) + "\n")
open("shown.csv", "w").write("id\n" + "\n".join(names[i] for i in order) + "\n")
open("groups.csv", "w").write("id,group\n" + "".join(f"{m},{i // 4}\n" for i, m in enumerate(names)))
open("animals.csv", "w").write("id,animal\n" + "".join(f"{j},{'ab'[j % 2]}\n" for j in range(q)))
P
expect 0 encode layers.npz --conditions images.csv --responses trials.npy \
    --response-conditions shown.csv --json -q
cp out all.json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("all.json"))
assert result["schema"] == "encoding" and result["best"] == "right", result["best"]
assert result["normalised"] and result["n_stimuli"] == 40
assert result["n_units_not_measured"] == 1 and result["n_units_constant"] == 1
assert result["trials_per_stimulus"] == 3
table = result["models"]
assert table["p_max"]["values"][table["model"].index("right")] < 0.01
assert max(table["value"]["values"]) > 0.8
P
expect 0 encode layers.npz --responses cube.npy -j 1 -o a.h5
expect 0 encode layers.npz --responses cube.npy -j 2 -o b.h5
cmp a.h5 b.h5 || fail "one and two threads differ"
for map in ridge pls pca-ridge ols one-to-one best-unit; do
    expect 0 encode layers.npz:right --responses cube.npy --map $map --components 4 \
        --permutations 19 --bootstraps 19 --json
    /usr/bin/python3 -c "import json; r = json.load(open('out')); assert r['models']['value']['values'][0] > 0.2, r['models']"
done
expect 0 encode layers.npz --responses cube.npy --map banded --draws 10 --json
/usr/bin/python3 -c "import json; r = json.load(open('out')); g = r['spaces']['values']['values']; assert g[0] > g[1] and r['best'] == 'right + wrong', r"
expect 0 encode layers.npz --conditions images.csv --responses trials.npy \
    --response-conditions shown.csv --groups groups.csv --animals animals.csv --score r2 \
    --ceiling nsd --penalties 1,10,100 -o page.html
[ -s page.html ] || fail "no page"
expect 0 encode layers.npz --responses single.npy --blocked --gap 2 --pooled
says err "not normalised"
expect 0 encode layers.npz --responses single.npy --partition --json
/usr/bin/python3 -c "import json; s = json.load(open('out'))['partition']['sets']; assert s['share']['values'][s['spaces'].index('right')] > 0.8, s"
expect 1 encode layers.npz single.npy cube.npy more.npy --responses single.npy --partition
says err "5 feature spaces"
expect 0 encode cube.npy --responses cube2.npy --two-sided --splits 5 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
raw = result["models"]["median_score"]["values"][0]
both = result["two_sided"]["medians"]["correlation"]["values"][0]
assert raw < both < 1.2, (raw, both)
P
expect 1 encode single.npy --responses cube2.npy --two-sided
says err "two trials"
expect 2 encode cube.npy --responses cube2.npy --two-sided --map banded
says err "--two-sided"

expect 0 encode layers.npz --responses cube.npy --folds 10 --repeats 3 --pooled --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["n_repeats"] == 3 and result["n_folds"] == 30
assert len(result["best_model"]["predicted"]["values"]) == 3
P
expect 0 encode layers.npz --conditions images.csv --responses trials.npy \
    --response-conditions shown.csv --groups groups.csv --json
/usr/bin/python3 -c "import json; r = json.load(open('out')); assert r['n_stimuli_exchanged'] == 40, r"
expect 2 encode layers.npz --responses cube.npy --blocked --repeats 2
says err "--repeats"
expect 2 encode layers.npz
says err "--responses"
expect 2 encode layers.npz --responses cube.npy --penalties 1,0
says err "numbers above 0"
expect 2 encode layers.npz --responses cube.npy --blocked --groups groups.csv
says err "one of them"
expect 2 encode layers.npz --responses cube.npy --gap 3
says err "--blocked"
expect 1 encode layers.npz:right --responses cube.npy --map banded
says err "two at least"
expect 1 encode layers.npz --responses single.npy --ceiling nsd
says err "two trials"
expect 1 encode layers.npz --conditions images.csv --responses single.npy --response-conditions animals.csv
says err "6 rows"
expect 1 encode layers.npz --responses hole.npy
says err "missing for stimulus 3, unit 1"
expect 1 encode layers.npz --responses endless.npy
says err "inf"
expect 1 encode flat.npy --responses single.npy
says err "the same value"
expect 1 encode layers.npz --responses one_row.npy
expect 1 encode layers.npz --responses no_rows.npy
expect 1 encode layers.npz --responses no_columns.npy
expect 1 encode layers.npz --responses single.npy --folds 20
says err "pooled"
expect 4 encode layers.npz --responses nothing.npy
