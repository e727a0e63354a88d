# shellcheck shell=bash
# Choices of an animal: several classes, lapses, what drives the changes of state, held-out animals.
. "$(dirname "$0")/support.sh"

python3 - <<'P'
import math, random
random.seed(7)
def write(name, rows):
    with open(name, "w") as file:
        for row in rows:
            file.write(",".join(str(v) for v in row) + "\n")
classes, yes, x, drive, starts, animals, ids = [], [], [], [], [], [], []
for session in range(8):
    starts.append([40 + 60 * session - 40])
    animals.append([session // 2])
    state = 0
    for trial in range(60):
        u, v = random.gauss(0, 1), random.gauss(0, 1)
        state = state if random.random() > 0.1 else 1 - state
        eta = [0.0, 2 * u if state == 0 else -1.0, -1 + u]
        p = [math.exp(e) for e in eta]
        r, c = random.random() * sum(p), 0
        while r > p[c]:
            r -= p[c]
            c += 1
        classes.append([c])
        yes.append([1 if random.random() < 1 / (1 + math.exp(-2 * u)) else 0])
        x.append([u])
        drive.append([v])
        ids.append([session // 2])
write("classes.csv", classes); write("yes.csv", yes); write("x.csv", x); write("drive.csv", drive)
write("starts.csv", starts); write("animals.csv", animals); write("rows.csv", ids)
write("halves.csv", [[0.5]] + yes[1:])
P
with="--sessions starts.csv --covariates x.csv --covariate-names evidence"
quick="--coupling none --restarts 2 --max-iterations 30 --allow-nonconverged -q"
# shellcheck disable=SC2086
{
# The default link of yes-or-no is one that can be.
expect 0 hmm fit --glm yes.csv $with $quick --states 2 --family bernoulli -o yes.h5
says out "link: sigmoid"
says out "bits_per_choice"
expect 0 hmm fit --glm classes.csv $with $quick --states 2 --family categorical --lapse uniform --share intercept --transition-inputs drive.csv --input-names reward -j 1 -o one.h5
expect 0 hmm fit --glm classes.csv $with $quick --states 2 --family categorical --lapse uniform --share intercept --transition-inputs drive.csv --input-names reward -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
says out "units: 0=1  0=2"
says out "transition_inputs: figure"
expect 0 hmm decode one.h5 classes.csv --sessions starts.csv --covariates x.csv --transition-inputs drive.csv --labels rows.csv --json
says out "agreement"
expect 2 hmm decode one.h5 classes.csv --sessions starts.csv --covariates x.csv
says err "driven by 1 inputs"
expect 0 report one.h5 -o one.html
says one.html "What drives the transitions"
says one.html "Predicted probabilities"
head -100 x.csv > few.csv
head -100 drive.csv > fewer.csv
expect 0 hmm simulate one.h5 --rows 100 --covariates few.csv --transition-inputs fewer.csv --seed 2 -o drawn.h5
expect 0 hmm decode one.h5 drawn.h5 --covariates few.csv --transition-inputs fewer.csv
expect 2 hmm simulate one.h5 --rows 100 --covariates few.csv
expect 1 hmm fit --glm classes.csv $with $quick --family bernoulli
says err "in row"
expect 1 hmm fit --glm yes.csv $with $quick --covariate-names a,b
says err "2 names for 1 columns"

# Animals that were left out.
expect 0 hmm select --glm yes.csv $with $quick --family bernoulli --min-states 1 --max-states 2 --folds 4 --groups animals.csv --json
cp out by_session
expect 0 hmm select --glm yes.csv $with $quick --family bernoulli --min-states 1 --max-states 2 --folds 4 --groups rows.csv --json
python3 -c "
import json
a, b = json.load(open('by_session')), json.load(open('out'))
assert a['fold_score'] == b['fold_score']"
expect 1 hmm select --glm yes.csv $with $quick --family bernoulli --max-states 2 --folds 4 --groups halves.csv
says err "another group"

# What drives the changes of state of plain emissions.
expect 0 hmm fit --emission categorical classes.csv --sessions starts.csv --states 2 --restarts 2 --transition-inputs drive.csv --allow-nonconverged -q -o plain.h5
says out "transition_inputs: figure"
expect 0 hmm decode plain.h5 classes.csv --sessions starts.csv --transition-inputs drive.csv
expect 2 hmm decode plain.h5 classes.csv --sessions starts.csv
says err "give --transition-inputs"
expect 0 hmm simulate plain.h5 --rows 480 --transition-inputs drive.csv -o plain_drawn.h5
expect 0 hmm select --emission categorical classes.csv --sessions starts.csv --max-states 2 --folds 2 --restarts 1 --transition-inputs drive.csv --groups animals.csv --allow-nonconverged -q

# One linear model.
expect 0 glm fit classes.csv --sessions starts.csv --coupling none --covariates x.csv --family categorical --lapse learned -o linear.h5
says out "bits_per_choice"
expect 0 glm predict linear.h5 classes.csv --sessions starts.csv --covariates x.csv --json
says out "bits_per_choice"
expect 0 glm simulate linear.h5 --rows 100 --covariates few.csv -o linear_drawn.h5
expect 0 glm predict linear.h5 linear_drawn.h5 --covariates few.csv
expect 1 glm gof linear.h5 classes.csv --covariates x.csv
says err "choices"
expect 1 glm fit halves.csv --coupling none --family bernoulli
says err "unit 0 is 0.5 in row 0"
expect 1 glm fit classes.csv --coupling none --family categorical --lasso 1
says err "lasso"
}
