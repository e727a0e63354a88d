# shellcheck shell=bash
# Layers of a network against the visual cortex of 15 subjects, from the activations for the same 78
# images: the ceilings and similarities that rsatoolbox finds, with chance, samples of images and
# subjects, and the layers together.
. "$(dirname "$0")/support.sh"

DATA=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/alignment/net2brain78
[ -d "$DATA" ] || exit 77

for layer in 1 2 3 4; do
    expect 0 rdm "$DATA/resnet18_78images.h5:gap/layer$layer" -o layer$layer.h5
done
expect 0 rsa layer?.h5 --subjects "$DATA/fmri78_IT_RDMs.npz" --similarity pearson \
    --bootstrap dual --json
python3 - <<'P' || fail "not rsatoolbox's numbers in IT"
import json
found = json.load(open("out"))
assert abs(found["ceiling_low"] - 0.00809833) < 1e-8, found["ceiling_low"]
assert abs(found["ceiling_high"] - 0.26181187) < 1e-8, found["ceiling_high"]
assert found["n_subjects"] == 15 and found["n_conditions"] == 78
assert found["bootstrap"]["drawn"] == "dual" and found["bootstrap"]["n_void_samples"] == 0
P
# Early visual cortex is matched by no layer beyond chance, and beyond zero by all: dissimilarities
# are above 0 whatever their pattern.
expect 0 rsa layer?.h5 --subjects "$DATA/fmri78_EVC_RDMs.npz" --similarity cosine --flexible \
    --kind non-negative -o evc.html
says out "best: layer4"
says out "n_pairs_that_differ: 6"
