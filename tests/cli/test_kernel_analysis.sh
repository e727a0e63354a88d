# shellcheck shell=bash
# Kernel analysis of two layers: classes by id and by order, draws of units, wrong use.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import numpy
random = numpy.random.default_rng(5)
classes = numpy.arange(30) % 3
good = random.normal(size=(30, 10)) + 3 * numpy.eye(3, 10)[classes]
numpy.save("good.npy", good)
numpy.save("bad.npy", random.normal(size=(30, 10)))
open("order.csv", "w").write("class\n" + "".join(f"c{c}\n" for c in classes))
open("by_id.csv", "w").write("id,class\n" + "".join(f"{i},c{classes[i]}\n" for i in reversed(range(30))))
open("short.csv", "w").write("id,class\n0,a\n")
trials = random.normal(size=(30, 1, 6)) + random.normal(size=(30, 4, 6))
numpy.save("trials.npy", trials)
numpy.save("still.npy", numpy.ones((30, 4, 2)))
open("wrong.csv", "w").write("kind\na\n")
open("one.csv", "w").write("class\n" + "a\n" * 30)
numpy.save("flat.npy", numpy.ones((30, 4)))
numpy.save("none.npy", numpy.zeros((0, 4)))
numpy.save("unitless.npy", numpy.zeros((30, 0)))
P
expect 0 kernel-analysis good.npy bad.npy --classes order.csv --dimensions 10 --json
/usr/bin/python3 - <<'P'
import json
result = json.load(open("out"))
area = result["systems"]["area_held_out"]
area = area["values"] if isinstance(area, dict) else area
assert result["schema"] == "kernel analysis" and area[0] > area[1] + 0.2, area
P
expect 0 kernel-analysis good.npy --classes order.csv --no-hash -o a.h5
expect 0 kernel-analysis good.npy --classes by_id.csv -j 2 --json
expect 0 kernel-analysis good.npy bad.npy --classes by_id.csv --unit-counts 2,5 --draws 2 --noise-of trials.npy -o page.html
[ -s page.html ] || fail "no page"
expect 2 kernel-analysis good.npy
says err "--classes"
expect 2 kernel-analysis good.npy --classes order.csv --unit-counts 2,a
says err "--unit-counts"
expect 2 kernel-analysis good.npy --classes order.csv --noise-of trials.npy
expect 1 kernel-analysis good.npy --classes order.csv --unit-counts 2 --noise-of still.npy
says err "no unit has a signal"
expect 1 kernel-analysis good.npy --classes short.csv
says err "no row has the id 1"
expect 4 kernel-analysis good.npy --classes wrong.csv
says err '"class"'
expect 1 kernel-analysis good.npy --classes one.csv
says err "1 classes"
expect 1 kernel-analysis flat.npy --classes order.csv
says err "can be compared"
expect 1 kernel-analysis none.npy --classes order.csv
expect 1 kernel-analysis unitless.npy --classes order.csv
expect 1 kernel-analysis good.npy --classes order.csv --unit-counts 11
says err "11 of 10 units"
