# shellcheck shell=bash
# Lists of edges, matrices and saved graphs to communities; what is no graph is refused.
. "$(dirname "$0")/support.sh"

# Three groups of sixteen; edges within weigh five times as much.
python3 - <<'P'
import random
random.seed(3)
edges = []
for i in range(48):
    for j in range(i):
        same = i % 3 == j % 3
        if random.random() < (0.9 if same else 0.1):
            edges.append((i, j, round(random.expovariate(1 / (5 if same else 1)) + 1e-3, 6)))
with open("edges.tsv", "w") as f:
    f.write("source\ttarget\ttype\tweight\n")
    for i, j, w in edges:
        f.write(f"n{i:02}\tn{j:02}\tstrong\t{w}\n")
    f.write("n00\tn01\tother\t7\n")
m = [[0.0] * 48 for _ in range(48)]
for i, j, w in edges:
    m[i][j] = m[j][i] = w
with open("matrix.csv", "w") as f:
    f.write(",".join(f"n{i:02}" for i in range(48)) + "\n")
    for row in m:
        f.write(",".join(map(str, row)) + "\n")
m[2][5] += 1
with open("skew.csv", "w") as f:
    for row in m:
        f.write(",".join(map(str, row)) + "\n")
P
expect 0 communities edges.tsv --only type=strong --weights exponential --json -o c.h5
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["schema"] == "communities"
names = found["nodes"]
groups = found["hierarchy"]["level_0"]["values"]
assert len(set(groups)) == 3, groups
for name, group in zip(names, groups):
    assert group == groups[int(name[1:]) % 3], name
length = found["description_length"]
assert length["total"]["value"] < length["one_group"]["value"]
P
expect 0 communities edges.tsv --only type=strong --weights exponential -j 1 -o one.h5
expect 0 communities edges.tsv --only type=strong --weights exponential -j 2 -o two.h5
cmp one.h5 two.h5 || fail "one and two threads differ"
# The same graph as a matrix.
expect 0 communities matrix.csv --weights exponential --json
grep -A1 '"total"' out >a
expect 0 communities edges.tsv --only type=strong --weights exponential --json
grep -A1 '"total"' out >b
cmp a b || fail "a matrix and a list of edges differ"
expect 0 communities edges.tsv --only type=strong --above 0.5 --no-nested --samples 0
says err "edges are left out by --above"
expect 0 report c.h5 -o report.html
says report.html "Edges, ordered by group"
says report.html "How sure the groups are"
expect 0 communities edges.tsv --above 2 -o c.svg
says c.svg "<svg"
# What is no graph.
expect 1 communities skew.csv
says err "[5][2] and [2][5] differ; --directed takes both"
expect 0 communities skew.csv --directed --restarts 1
expect 1 communities edges.tsv --weights poisson
says err "poisson weights are 0, 1, 2"
expect 1 communities edges.tsv --above 1000
says err "has no edges"
expect 1 communities edges.tsv --weight type
says err "column type holds text, not weights"
expect 1 communities edges.tsv --only kind=strong
says err "has no column kind of text"
expect 4 communities matrix.csv --weight synapses
says err "a list of edges has columns from and to"
expect 4 communities c.h5
says err 'c.h5: record: schema is "communities"; a graph'
says err "a matrix in a file is asked for by FILE.h5:/path"
expect 0 communities c.h5:/similarity/values --restarts 1 --rounds 0
expect 4 communities missing.tsv
says err "missing.tsv"
printf 'from,to,weight\na,b,0\nb,c,2\n,c,1\n' >hole.csv
expect 4 communities hole.csv
says err "row 3: column from names no node"
printf 'from,to,weight\na,b,0\nb,c,2\na,c,\n' >zero.csv
expect 1 communities zero.csv --weights exponential
says err "the edge from a to b weighs 0; exponential weights are weights above 0"
says err "1 edges without a weight are left out"
expect 0 communities zero.csv --weights exponential --above 0
printf '1,2,3\n4,5,6\n' >flat.csv
expect 1 communities flat.csv
says err "a graph is a square matrix or a list of edges"
# Weights choose their model, and it is said which.
expect 0 communities edges.tsv --only type=strong --restarts 1 --samples 0
says err "weights: exponential, the shortest description of exponential, normal"
says out "weights: exponential"
printf 'from,to,weight\na,b,-1\nb,c,2.5\na,c,1\n' >negative.csv
expect 0 communities negative.csv --samples 0
says err "weights: normal"
expect 1 communities negative.csv --weights exponential
says err "weighs -1; exponential weights are weights above 0"
expect 1 communities negative.csv --method leiden
says err "weights of 0 and more are possible"
printf 'from,to,weight\na,a,3\n' >alone.csv
expect 0 communities alone.csv --samples 4
says out "groups: 1"
# Layers: several graphs, texts of a column, weights of a graph.
python3 - <<'P'
import random
random.seed(3)
rows = []
for i in range(48):
    for j in range(i):
        same = i % 3 == j % 3
        for kind, p in (("chemical", 0.5 if same else 0.12), ("electrical", 0.12 if same else 0.5)):
            if random.random() < p:
                rows.append((f"n{i:02}", f"n{j:02}", kind, random.randint(1, 9)))
with open("kinds.csv", "w") as f:
    f.write("from,to,kind,synapses\n")
    f.writelines(",".join(map(str, row)) + "\n" for row in rows)
for kind in ("chemical", "electrical"):
    with open(kind + ".csv", "w") as f:
        f.write("from,to,synapses\n")
        f.writelines(f"{a},{b},{w}\n" for a, b, k, w in rows if k == kind)
P
expect 0 communities kinds.csv --layers kind --restarts 1 --json -o layers.h5
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["layers"] == ["chemical", "electrical"]
groups = found["hierarchy"]["level_0"]["values"]
assert len(set(groups)) == 3, groups
for name, group in zip(found["nodes"], groups):
    assert group == groups[found["nodes"].index(f"n{int(name[1:]) % 3:02}")], name
assert found["tree"]["layout"] == "alluvial"
P
grep -A1 '"total"' out >a
expect 0 communities chemical.csv electrical.csv --restarts 1 --json
grep -A1 '"total"' out >b
cmp a b || fail "a column and two files differ"
says out '"chemical.csv"'
expect 0 report layers.h5 -o layers.html
says layers.html "Edges of layer electrical, ordered by group"
says layers.html "How many groups there are"
says layers.html "Hierarchy of the groups"
expect 1 communities kinds.csv --layers weights
says err "edges have one weight, weight, so that they are one layer"
expect 1 communities kinds.csv --layers sort
says err "has no column sort of text"
expect 2 communities chemical.csv electrical.csv --layers kind
says err "--layers splits one GRAPH; here each of 2 is a layer"
expect 2 communities kinds.csv --layers kind --only kind=chemical
expect 2 communities chemical.csv electrical.csv --method leiden
says err "takes one layer"
printf 'from,to,weight\n' >empty.csv
expect 1 communities empty.csv
# Planted groups are made and found; the truth stands beside the graph.
expect 0 graph simulate --nodes 90 --mixing 0.15 --mean-degree 12 --max-degree 30 --seed 2 --json -o planted.h5
python3 - <<'P'
import json
truth = json.load(open("out"))["truth"]["values"]
assert len(truth) == 90 and len(set(truth)) > 1
P
expect 0 communities planted.h5 --method leiden --leiden-restarts 2 --json
expect 1 graph simulate --max-degree 125
says err "125 nodes have at most 124 edges each"
expect 2 graph simulate --mixing 2
# Modularity instead.
expect 0 communities edges.tsv --only type=strong --method leiden --seed 3 --json -o l.h5
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["schema"] == "leiden"
names = found["members"]["node"]
groups = found["members"]["group"]["values"]
assert len(set(groups)) == 3
for name, group in zip(names, groups):
    assert group == groups[int(name[1:]) % 3], name
P
expect 0 communities edges.tsv --only type=strong --method leiden --seed 3 -o m.h5
cmp l.h5 m.h5 || fail "the same seed gives other groups"
expect 1 communities edges.tsv --directed --method leiden
says err "the graph is directed"
expect 1 communities zero.csv --method leiden --above 5
says err "weigh nothing"
# A saved graph keeps its direction and names.
python3 - <<'P'
import json
edges = [(i, j) for i in range(12) for j in range(12) if i != j and i % 2 == j % 2]
n = len(edges)
json.dump({"$schema": "libanalysis record 1", "schema": "graph", "directed": True,
           "nodes": [f"cell{i}" for i in range(12)], "weight_names": ["weight"],
           "from": {"$type": "ints", "shape": [n], "values": [e[0] for e in edges]},
           "to": {"$type": "ints", "shape": [n], "values": [e[1] for e in edges]},
           "weights": {"$type": "doubles", "shape": [1, n], "values": [[1.0] * n]}},
          open("graph.json", "w"))
P
expect 0 communities graph.json --json --no-nested
python3 - <<'P'
import json
found = json.load(open("out"))
assert found["nodes"][7] == "cell7"
assert found["hierarchy"]["level_0"]["values"] == [i % 2 for i in range(12)]
P
