# shellcheck shell=bash
# Clusters of an array of counts: the same bits for any number of threads and for a run that is
# gone on with; regions against chance; bad input is refused with its reason.
. "$(dirname "$0")/support.sh"

python3 - <<'P'
import math
import random
random.seed(2)
with open("counts.csv", "w") as counts, open("regions.csv", "w") as regions:
    for t in range(40):
        rates = [math.exp(math.sin(t / 5)), math.exp(math.cos(t / 3))]
        row = [min(9, int(random.expovariate(1 / rates[i // 3]))) for i in range(6)]
        counts.write(",".join(map(str, row)) + "\n")
    regions.write("\n".join(str(i // 3) for i in range(6)) + "\n")
P
run() { expect 0 bicluster counts.csv --bin 0.5 --warmup 12 --chains 2 --seed 4 --allow-nonconverged "$@"; }
run --sweeps 20 -j 1 -o one.h5
run --sweeps 20 -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
run --sweeps 30 --json
cp out whole.json
expect 0 bicluster --resume one.h5 --sweeps 30 counts.csv --bin 0.5 --allow-nonconverged --json
python3 - <<'P'
import json
whole = json.load(open("whole.json"))
resumed = json.load(open("out"))
assert whole["schema"] == resumed["schema"] == "bicluster"
assert json.dumps(whole["chains"]) == json.dumps(resumed["chains"])
assert whole["pear"] == resumed["pear"]
P
run --sweeps 20 --regions regions.csv --strata 1 --permutations 99 --json
python3 - <<'P'
import json
regions = json.load(open("out"))["regions"]
assert regions["neurons"] == 6
assert 0.01 <= regions["p"] <= 1.0
P
run --sweeps 20 -o result.html
expect 1 bicluster --resume one.h5 --sweeps 10 counts.csv --bin 0.5
says err "done already"
# Wrong use is told before anything is read: the input is not there.
expect 2 bicluster missing.csv --bin 0.5 --sweeps 20 --warmup 30
says err "leaves nothing"
expect 2 bicluster missing.csv --bin 0.5 --sweeps 20 --warmup 18
says err "at least 4 more"
expect 2 bicluster missing.csv --bin 0.5 --max-clusters 4 --start-clusters 5
says err "more than --max-clusters 4"
expect 2 bicluster missing.csv --bin 0.5 --strata 3
says err "of --regions"
expect 2 bicluster missing.csv --bin 0.5 --resume one.h5 --sweeps 30 --states 4
says err "leave out --states 4"
expect 1 bicluster counts.csv --bin 0.5 --sweeps 20 --warmup 12 --regions counts.csv --allow-nonconverged
says err "regions for 6 neurons"
expect 2 bicluster counts.csv --family gaussian
says err "poisson"
