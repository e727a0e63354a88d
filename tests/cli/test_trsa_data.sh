# shellcheck shell=bash
# The dissimilarities of 78 images in two regions of 15 subjects, where they are on this machine:
# thresholds that the other subjects chose tell the regions of a new one apart, and which images are
# the closest fifth is alike in a network and in early visual cortex beyond chance.
. "$(dirname "$0")/support.sh"

DATA=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/alignment/net2brain78
[ -d "$DATA" ] || exit 77

{
    echo region,subject
    for region in EVC IT; do
        for subject in {1..15}; do
            echo "$region,$subject"
        done
    done
} > regions.csv
expect 0 trsa "$DATA/fmri78_EVC_RDMs.npz:arr_0" "$DATA/fmri78_IT_RDMs.npz:arr_0" --regions regions.csv \
    --levels 6 --permutations 39 --json
/usr/bin/python3 - <<'P' || fail "regions"
import json
found = json.load(open("out"))["adaptive"]
print(found["accuracy_of_new_subjects"], found["accuracy_of_geometry"], found["p"])
assert found["accuracy_of_new_subjects"] > 0.65 and found["p"] <= 0.05
P
expect 0 rdm "$DATA/resnet18_78images.h5:gap/layer4" -o layer4.h5
expect 0 trsa layer4.h5 --low 0.2 --high 0.2 -o model.h5
expect 0 trsa "$DATA/fmri78_EVC_RDMs.npz:arr_0" --low 0.2 --high 0.2 -o brains.h5
expect 0 rsa model.h5 --subjects brains.h5 --similarity pearson --permutations 199 --json
/usr/bin/python3 - <<'P' || fail "neighbours of layer 4 in EVC"
import json
found = json.load(open("out"))["models"]
mean, p = (found[k]["values"][0] if isinstance(found[k], dict) else found[k][0] for k in ("mean", "p_chance"))
print(mean, p)
assert 0.015 < mean < 0.025 and p <= 0.05
P
