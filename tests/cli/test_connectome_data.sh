# shellcheck shell=bash
# The published connectomes, where they are on this machine: how many edges and synapses each has,
# and that those of the same animal agree when joined by name.
. "$(dirname "$0")/support.sh"

DATA=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/connectome/connectome
[ -d "$DATA" ] || exit 77

# numbers WORDS...: "nodes edges synapses".
numbers() {
    expect 0 graph metrics "$@" --paths none --json
    python3 - <<'P'
import json
found = json.load(open("out"))
print(found["n_nodes"], found["n_edges"], "%g" % sum(found["nodes"]["in_strength"]["values"]))
P
}

# is WANTED WORDS...: those numbers; strengths leave loops out, and undirected edges count twice.
is() {
    local wanted=$1 found
    shift
    found=$(numbers "$@")
    [ "$found" = "$wanted" ] || fail "$*: $found, wanted $wanted"
}

is "224 2204 7453" "$DATA/aconnectome_witvliet_2020_7.csv" --edges chemical
is "224 296 800" "$DATA/aconnectome_witvliet_2020_7.csv" --edges electrical
is "309 2386 7943" "$DATA/aconnectome_white_1986_whole.csv" --edges chemical
# Varshney et al. (2011) count 514 junctions between cells; the file has three loops beside them.
is "279 2194 6394" "$DATA/ConnOrdered_040903.mat" --edges chemical
is "279 517 1774" "$DATA/ConnOrdered_040903.mat" --edges electrical
is "473 4879 27996" "$DATA/cook_jarrell_2019_h.json" --edges chemical
is "473 1450 23266" "$DATA/cook_jarrell_2019_h.json" --edges electrical
is "300 4051 27611" "$DATA/aconnectome_default.h5" --edges chemical
is "300 834 5030" "$DATA/aconnectome_default.h5" --edges electrical
is "237 1952 2614" "$DATA/esconnectome_monoamines_Bentley_2016.csv"

# agree FIRST SECOND LEAST: weights correlate at least so much over ordered pairs.
agree() {
    expect 0 graph compare "$1" "$2" --nulls 0 --edges "$4" --json
    python3 - "$3" <<'P'
import json, sys
found = json.load(open("out"))
value = dict(zip(found["statistics"]["statistic"], found["statistics"]["value"]["values"]))
assert value["pearson"] > float(sys.argv[1]), value
P
}

expect 0 graph import "$DATA/ConnOrdered_040903.mat" -o varshney.h5 --edges chemical
expect 0 graph import "$DATA/aconnectome_white_1986_whole.csv" -o white.h5 --edges chemical
agree white.h5 varshney.h5 0.99 chemical
# The compiled one holds these and others: its rows are receivers, its cells sorted by name.
expect 0 graph import "$DATA/aconnectome_default.h5" -o compiled.h5 --edges chemical
agree white.h5 compiled.h5 0.5 chemical
expect 0 graph import "$DATA/cook_jarrell_2019_h.json" -o cook.h5 --edges chemical --neurons
says err "no neurons"
agree white.h5 cook.h5 0.5 chemical
