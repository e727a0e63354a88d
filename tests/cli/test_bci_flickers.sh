# shellcheck shell=bash
# Someone who looked at flickers of 13, 21 and 17 Hz or at none, recorded as GDF: correlations with
# these waves and a classifier of them are right in more than four of five trials of a session and of
# the other, where chance is one in four.
. "$(dirname "$0")/support.sh"

DATA=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg/ssvep_exo/subject03
[ -d "$DATA" ] || exit 77

expect 0 bci eval "$DATA/record-[2012.07.11-15.25.23].gdf" "$DATA/record-[2012.07.11-15.33.08].gdf" \
    --events 33024,33025,33026,33027 --window-from 2 --window-to 5 --no-choose --json -j 1 \
    --pipelines 'CCA: band 5-45 | cca 13,17,21 | logistic'
tr -d ' \n' <out >flat
grep -oE '"(within|cross_session)":\{("interval":\{[^}]*\},)?"mean":[0-9.]+' flat | sed 's/.*://' >found
[ "$(wc -l <found)" -eq 2 ] || fail "two scores, not $(wc -l <found)"
awk '$1 <= 0.8 { bad = 1 } END { exit bad }' found || fail "scores $(tr '\n' ' ' <found)"

# What a step lacks is said with what would be right.
expect 2 bci eval "$DATA/record-[2012.07.11-15.25.23].gdf" --pipelines 'cca 13,x | lda'
says err '"x" is not a number from'
