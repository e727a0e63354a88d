# shellcheck shell=bash
# Published layouts of connectomes as graphs of every command that takes one.
. "$(dirname "$0")/support.sh"

printf 'pre\tpost\ttype\tsynapses\nAVAL\tAVBL\tchemical\t2\nAVAL\tAVBL\tchemical\t1\nAVBL\tRIML\telectrical\t4\nRIML\tBWM1\tchemical\t1\n' >worm.tsv
printf '[{"pre":"AVAL","post":"AVBL","typ":0,"syn":[3]},{"pre":"AVBL","post":"RIML","typ":2,"syn":[4]},{"pre":"RIML","post":"BWM1","typ":0,"syn":[1]}]' >worm.json
printf 'Neuron 1,Neuron 2,Type,Nbr\nAVAL,AVBL,S,1\nAVAL,AVBL,Sp,2\nAVBL,AVAL,R,3\nAVBL,RIML,EJ,4\nRIML,AVBL,EJ,4\nRIML,BWM1,S,1\nRIML,NMJ,NMJ,9\n' >chen.csv
printf ',AVAL,AVBL,RIML,BWM1\nAVAL,0,3,0,0\nAVBL,0,0,0,0\nRIML,0,0,0,1\nBWM1,0,0,0,0\n' >chemical.csv
printf ',AVAL,AVBL,RIML,BWM1\nAVAL,0,0,0,0\nAVBL,0,0,4,0\nRIML,0,4,0,0\nBWM1,0,0,0,0\n' >gaps.csv
printf ',,,x\n,,AVBL,BWM1\ny,AVAL,3,\n,RIML,,1\n' >sheet.csv
printf ',,,x\n,,AVBL,RIML\ny,AVBL,,4\n,RIML,4,\n' >gap_sheet.csv
printf '0,1,0.2\n0.001,0,0\n0.3,0.04,0\n' >response.csv
printf '1,0.2,0.01\n0.001,1,0.5\n0.01,0.04,1\n' >q.csv
printf 'AVAL\nAVBL\nRIML\n' >names.txt

# metrics WORDS...: edges and total weight of the graph, "directed 4 12".
metrics() {
    expect 0 graph metrics "$@" --json
    python3 - <<'P'
import json
found = json.load(open("out"))
print("directed" if found["directed"] else "undirected", found["n_edges"],
      "%g" % sum(found["nodes"]["in_strength"]["values"]))
P
}

for input in worm.tsv worm.json chen.csv "chemical.csv --gap-junctions gaps.csv" \
    "sheet.csv --gap-junctions gap_sheet.csv"; do
    # shellcheck disable=SC2086
    [ "$(metrics $input)" = "directed 4 12" ] || fail "$input: $(metrics $input)"
    # shellcheck disable=SC2086
    [ "$(metrics $input --edges chemical)" = "directed 2 4" ] || fail "chemical of $input"
    # shellcheck disable=SC2086
    [ "$(metrics $input --edges electrical)" = "undirected 1 8" ] || fail "electrical of $input"
done
expect 0 graph metrics worm.tsv
says err "1 rows repeat one before"
says err "1 names are no neurons"
[ "$(metrics worm.tsv --neurons)" = "directed 3 11" ] || fail "neurons alone"
says err "left out: 1 rows of 1 names"
expect 0 graph metrics chen.csv
says err "2 of 7 rows say what others say"
[ "$(metrics worm.tsv --edges rows)" = "undirected 3 16" ] || fail "rows"
[ "$(metrics response.csv --names names.txt --significance q.csv --rows-receive)" = "directed 4 0.541" ] ||
    fail "responses: $(metrics response.csv --names names.txt --significance q.csv --rows-receive)"
expect 0 communities worm.tsv --edges electrical --json
expect 0 graph import worm.tsv -o saved.h5 --json
[ "$(metrics saved.h5)" = "directed 4 12" ] || fail "a saved connectome"
[ "$(metrics saved.h5 --edges electrical)" = "undirected 1 8" ] || fail "junctions of a saved one"
expect 0 communities saved.h5 --layers weights --json
python3 - <<'P'
import json
assert json.load(open("out"))["layers"] == ["chemical", "electrical"]
P
expect 1 graph metrics worm.tsv --edges extrasynaptic
says err "no extrasynaptic weight"
expect 1 graph metrics response.csv --edges chemical
says err "--names"
printf 'AVAL\nAVBL\n' >few.txt
expect 1 graph metrics response.csv --names few.txt --edges both
says err "of 2 cells, but the connectome has 3"
expect 2 graph metrics worm.tsv --edges optical
says err "electrical"
printf 'pre\tpost\ttype\tsynapses\nA\t\tchemical\t3\nA\tB\tchemical\t\nA\tC\tchemical\t0\nC\tC\tchemical\t1\nB\tC\telectrical\t2\nC\tB\telectrical\t5\n' >part.tsv
expect 0 graph metrics part.tsv
says err "2 rows without a name or a weight, 1 of weight 0"
says err "1 gap junctions differ by direction"
says err "1 of 3 edges are loops"
[ "$(metrics part.tsv --edges electrical --junctions sum)" = "undirected 1 14" ] || fail "sum of junctions"
printf 'pre\tpost\ttype\tsynapses\nA\tB\tchemical\t-3\n' >negative.tsv
expect 1 graph metrics negative.tsv
says err "row 0, from A to B, weighs -3"
printf 'pre\tpost\ttype\tsynapses\nA\tB\toptical\t3\n' >kind.tsv
expect 0 graph metrics kind.tsv
says err "taken as a plain list"
expect 4 graph metrics kind.tsv --edges chemical
says err "column type"
# A list in JSON is neither a name nor a weight, and has not one element a row.
printf '[{"from":[],"to":1},{"from":[],"to":2},{"from":[],"to":3}]' >lists.json
expect 4 graph metrics lists.json
says err "column from names no node"
printf '[{"from":"a","to":"b","weight":[]},{"from":"a","to":"c","weight":[]}]' >heavy.json
expect 1 graph metrics heavy.json
says err "column weight holds lists, not weights"
printf 'pre\tpost\ttype\tsynapses\n' >none.tsv
expect 0 graph metrics none.tsv
says err "no edges of the kind asked for"
expect 1 communities none.tsv
says err "no edges"
printf '0,nan,1\nnan,4,2\n1,2,0\n' >missing.csv
expect 0 graph metrics missing.csv
says err "2 elements are missing"
says err "1 elements on the diagonal are left out"
printf 'name,x,y\nAVAL,0,0\nAVBL,3,4\nRIML,3,5\n' >places.csv
expect 0 graph metrics worm.tsv --positions places.csv --edges chemical --json
python3 - <<'P'
import json
assert json.load(open("out"))["mean_link_length"] == 5
P
