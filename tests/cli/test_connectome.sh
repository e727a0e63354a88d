# shellcheck shell=bash
# The dynamic functional connectome of some animals, stage by stage, taken up again, and bad input.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import h5py
import numpy
random = numpy.random.default_rng(1)
groups = numpy.sin(0.4 * numpy.arange(160)[:, None] * numpy.array([1, 1.7, 0.6]))


def save(name, neurons, traces, dt=0.5):
    with open(name, "w") as out:
        out.write("time," + ",".join(neurons) + "\n")
        for t, row in enumerate(traces):
            out.write(f"{t * dt:.4f}," + ",".join("" if v != v else f"{v:.6f}" for v in row) + "\n")


names = ["AVAL", "AVAR", "RIML", "RIMR", "AIBL", "AIBR"]
for k in range(3):
    traces = groups[:, [0, 0, 1, 1, 2, 2]] + 0.05 * random.normal(size=(160, 6))
    save(f"worm{k}.csv", names[k > 1:], traces[:, k > 1:])
save("long.csv", names, numpy.vstack([traces, traces]))
save("slow.csv", names, traces, 0.6)
save("others.csv", ["X1", "X2", "X3"], traces[:, :3])
traces[10, 0] = numpy.nan
traces[:, 1] = 2.0
save("poor.csv", names, traces)
save("twice.csv", ["AVAL", "AVAL", "RIML", "RIMR", "AIBL", "AIBR"], groups[:, [0, 0, 1, 1, 2, 2]])
save("flat.csv", names, numpy.ones((160, 6)))
with open("places.csv", "w") as out:
    out.write("name,x,y,z\n" + "".join(f"{n},{i},{i * i % 3},0\n" for i, n in enumerate(names[:5])))
with open("listed.txt", "w") as out:
    out.write("#" + " ".join(names) + "\n" + "".join(f"{i} 0 {i % 2}\n" for i in range(6)))
with open("wrong.txt", "w") as out:
    out.write("#AVAL AVAR\n1 2 3\n4 five 6\n")
with h5py.File("raw.h5", "w") as out:
    for k in range(3):
        worm = out.create_group(f"2022-07-26-3{k}")
        noise = 0.05 * random.normal(size=(160, 6))
        worm["F_F20"] = (groups[:, [0, 0, 1, 1, 2, 2]] + noise)[:, k:].astype("f4")
        worm["time_s"] = 0.6 * numpy.arange(160)
        worm["label"] = numpy.array(names[k:], dtype="S8")
        worm["confidence"] = numpy.full(6 - k, 4, dtype="f4")
numpy.save("traces.npy", groups[:, [0, 0, 1, 1]] + 0.05 * random.normal(size=(160, 4)))
numpy.save("empty.npy", numpy.zeros((0, 4)))
P
worms="worm0.csv worm1.csv worm2.csv"
quick="--restarts 3 --samples 5 --block-restarts 1 --surrogates 19 --windows 4 --allow-nonconverged"

# shellcheck disable=SC2086
expect 0 connectome $worms --rank 2 $quick -o all --positions places.csv --json -j 1
says err "places.csv: has no place for 1 of 6 nodes"
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
assert result["schema"] == "connectome summary" and result["animals"] == 3
assert result["motifs"] == 2 and result["epochs"] == 4 and result["stages_taken"] == 0
assert result["neurons"] == 6 and len(result["communities"]["values"]) == 2
P
for file in inputs.h5 motifs.h5 communities.h5 connectome.h5 dynamics.h5 report.html; do
    [ -s "all/$file" ] || fail "there is no $file"
done
[ ! -e all/ranks.h5 ] || fail "ranks were tried although the rank was given"
says all/report.html "When each motif is active"
says all/report.html "Communities from epoch to epoch"
says all/report.html "Neurons that change community"

# Again: everything is taken, and the page is the same; with another number of threads too.
cp -r all before
# shellcheck disable=SC2086
expect 0 connectome $worms --rank 2 $quick -o all --positions places.csv -j 2
says err "motifs: taken from all/motifs.h5"
says err "dynamics: taken from all/dynamics.h5"
for file in motifs.h5 communities.h5 dynamics.h5 connectome.h5 report.html; do
    cmp "all/$file" "before/$file" || fail "$file changed although nothing did"
done
# shellcheck disable=SC2086
expect 0 connectome $worms --rank 2 $quick -o other --positions places.csv -j 2
for file in motifs.h5 communities.h5 dynamics.h5; do
    cmp "all/$file" "other/$file" || fail "one and two threads differ in $file"
done

# Another option: what does not depend on it is taken.
# shellcheck disable=SC2086
expect 0 connectome $worms --rank 2 $quick -o all --positions places.csv --level 0.2
says err "motifs: taken"
says err "communities: taken"
grep -q "dynamics: taken" err && fail "the changes were taken although their level changed"
rm all/communities.h5
# shellcheck disable=SC2086
expect 0 connectome $worms --rank 2 $quick -o all --positions places.csv --level 0.2
says err "motifs: taken"
grep -q "communities: taken" err && fail "communities were taken that are not there"
# shellcheck disable=SC2086
expect 0 connectome $worms --rank 2 $quick -o all --positions places.csv --level 0.2 --fresh
grep -q "taken" err && fail "something was taken in spite of --fresh"

# The rank by held-out data.
# shellcheck disable=SC2086
expect 0 connectome $worms $quick --max-rank 2 --folds 2 -o ranked --positions listed.txt --json
says err "rank: "
[ -s ranked/ranks.h5 ] || fail "there are no ranks"
says ranked/report.html "Error of what was held out"

# What ana homogenise saves: neurons that an animal never had are not missing samples.
expect 0 homogenise raw.h5 --common -o worms.h5
# shellcheck disable=SC2086
expect 0 connectome worms.h5 --rank 2 $quick -o homogenised
says err "inputs: 3 animals, 5 neurons" # one of six is in a single animal
grep -q "miss samples" err && fail "neurons that an animal lacks were counted as missing samples"

# One animal, and arrays; epochs from the recording's intervals.
# shellcheck disable=SC2086
expect 0 connectome traces.npy --bin 0.5 --rank 2 $quick -o one
says err "one animal that visits each epoch once"
expect 1 connectome empty.npy --bin 1 --rank 2 -o none
says err "hold no rows"
expect 1 connectome traces.npy --rank 2 -o none
says err "--bin"
expect 0 simulate --kind eeg --size 4 --duration 20 -o eeg.edf
# shellcheck disable=SC2086
expect 0 connectome eeg.edf --sigma 0.2 --rank 2 $quick --windows 0 -o marked
says err "by the intervals of the recording"
says marked/report.html "left hand"
expect 1 connectome eeg.edf --intervals nothing --rank 2 -o none
says err "no input holds intervals called nothing"

# What is wrong with some of the input is counted.
# shellcheck disable=SC2086
expect 0 connectome $worms poor.csv twice.csv --rank 2 $quick -o counted
says err "2 traces left out: they share their name with another trace"
says err "1 traces left out: they never change"
says err "1 traces left out: they miss samples"
# shellcheck disable=SC2086
expect 0 connectome $worms long.csv --rank 2 $quick -o cut
says err "160 rows cut, so that all animals end with the shortest"
# shellcheck disable=SC2086
expect 0 connectome $worms others.csv --rank 2 $quick --min-animals 2 -o rare
says err "3 traces left out: too few animals have that neuron"

# What cannot be done is refused.
expect 1 connectome worm0.csv slow.csv --rank 2 -o none
says err "worm0 is sampled every 0.5 s, slow every 0.6 s"
expect 1 connectome worm0.csv others.csv --min-animals 2 --rank 2 -o none
says err "no two neurons are in 2 of the 2 animals"
expect 1 connectome worm0.csv --min-animals 2 --rank 2 -o none
says err "--min-animals 2: there are 1"
expect 1 connectome flat.csv --rank 2 -o none
says err "no animal has two neurons that can be used"
expect 2 connectome worm0.csv worm1.csv --rank 2 --windows 1 -o single
says err "two epochs or more"
# shellcheck disable=SC2086
expect 4 connectome worm0.csv worm1.csv --rank 2 $quick --positions wrong.txt -o places
says err "wrong.txt: line 3: three numbers are wanted, for AVAR"
expect 4 connectome missing.csv --rank 2 -o none
expect 2 connectome worm0.csv --rank 2
says err "needs -o FOLDER"
expect 2 connectome worm0.csv --kernel min -o none
says err "factored"
expect 2 connectome worm0.csv --turn sideways -o none
touch file
expect 4 connectome worm0.csv worm1.csv --rank 2 -o file
says err "file: is no folder"
mkdir strange && echo "mine" >strange/inputs.h5
expect 4 connectome worm0.csv worm1.csv --rank 2 -o strange
says err "strange/inputs.h5: is there already"
[ "$(cat strange/inputs.h5)" = mine ] || fail "a strange file was overwritten"
