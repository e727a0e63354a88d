# shellcheck shell=bash
# Patterns of three nodes in a connectome, beside random networks.
. "$(dirname "$0")/support.sh"

printf 'pre\tpost\ttype\tsynapses\nA\tB\tchemical\t2\nB\tC\tchemical\t1\nC\tA\tchemical\t4\nC\tD\telectrical\t1\nD\tE\tchemical\t1\n' >wires.tsv
expect 0 graph motifs wires.tsv --nulls 20 --json -o motifs.html
python3 - <<'P'
import json
found = json.load(open("out"))
counts = dict(zip(found["count"]["kind"], found["count"]["count"]["values"]))
assert counts["030C"] == 1 and sum(counts.values()) == 10, counts
intensity = dict(zip(found["intensity"]["kind"], found["intensity"]["intensity"]["values"]))
assert abs(intensity["030C"] - 0.5) < 1e-12, intensity
assert found["nodes"]["node"] == ["A", "B", "C", "D", "E"]
assert found["nodes"]["cycles3"]["values"] == [1, 1, 1, 0, 0]
assert all(0 < p <= 1 for p in found["nodes"]["p"]["values"])
P
expect 0 graph motifs wires.tsv --edges electrical --keep degrees --nulls 0 --json
expect 2 graph motifs wires.tsv --keep all
says err "mutual"
expect 1 graph motifs wires.tsv --weight-column 7
says err "no weight 7"
