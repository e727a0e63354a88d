# shellcheck shell=bash
# Classifiers learned, asked and evaluated: simulated recordings of each format, real ones where
# they are, and wrong use.
. "$(dirname "$0")/support.sh"

# holds EXPRESSION: true of the JSON in out, called `r`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); sys.exit(0 if ($1) else 1)" ||
        fail "not: $1"
}

# scores FILE: the mean scores of its pipelines.
scores() {
    /usr/bin/python3 -c "
import json
for name, one in sorted(json.load(open('$1'))['pipelines'].items()):
    print(name, [one[p]['mean'] for p in ('within', 'cross_session') if p in one])"
}

expect 0 simulate --kind eeg --duration 170 --size 8 --seed 3 -o day1.edf
expect 0 simulate --kind eeg --duration 170 --size 8 --seed 4 -o day2.edf
cut=(--window-from 0.5 --window-to 2.5)
two='MDM: band 8-30 | cov oas | mdm; TS: band 8-30 | cov oas | tangent | lda shrunk'

expect 0 bci eval day1.edf day2.edf "${cut[@]}" --pipelines "$two" --folds 3 --save-folds folds.json --json -o first.html
cp out first.json
holds 'sum(r["class_counts"]["values"]) == r["n_trials"] and r["summary_within"]["chance"]["values"][0] == 0.5'
holds '"chance_bound" not in r["summary_within"]'
holds 'r["metric"] == "roc-auc" and r["folds_file"] == "folds.json"'
# How far the classes of the second day lie from those of the first, beside the spread of trials.
holds 'r["drift"]["drift"]["labels"] == ["1 day1", "1 day2"] and r["drift"]["drift"]["$hint"] == "bars"'
holds 'r["drift"]["distances"]["row_labels"][1:3] == ["1 day1 right hand", "1 day2 left hand"]'
holds '(lambda d, of, spread: d[0] == 0 and abs(d[1] * spread[1] - (of[0][2] + of[1][3]) / 2) < 1e-9)(
    *(r["drift"][k]["values"]["values"] for k in ("drift", "distances")), r["drift"]["spreads"]["values"])'
grep -q "Drift of sessions" first.html || fail "the page lacks the drift of sessions"
grep -q "Distances between class means" first.html || fail "the page lacks distances of class means"
holds 'set(r["pipelines"]) == {"MDM", "TS", "chosen"}'
holds 'all(k in r["pipelines"]["TS"] for k in ("within", "cross_session", "seconds"))'
holds 'all(k in r["pipelines"]["TS"]["within"] for k in ("mean", "sd", "sessions"))'
expect 0 bci eval day1.edf day2.edf "${cut[@]}" --pipelines "$two" --read-folds folds.json --threads 1 --json
cp out again.json
[ "$(scores first.json)" = "$(scores again.json)" ] || fail "the saved folds give other scores"
expect 1 bci eval day1.edf "${cut[@]}" --pipelines "$two" --read-folds folds.json
says err "folds.json"

expect 0 bci fit day1.edf "${cut[@]}" --pipeline 'band 8-30 | cov oas | mdm' -o model.h5
for threads in 1 2; do
    expect 0 bci predict model.h5 day2.edf "${cut[@]}" --threads $threads --no-hash --json
    holds '0.5 <= r["chance"] < r["chance_bound"] < r["accuracy"]'
    /usr/bin/python3 -c "
import json
r = json.load(open('out'))
r.pop('provenance', None)
json.dump(r, open('answers$threads.json', 'w'))"
done
cmp -s answers1.json answers2.json || fail "threads change the answers"

expect 2 bci eval
ln -s day1.edf again.edf
expect 2 bci eval day1.edf again.edf "${cut[@]}"
says err "day1.edf and again.edf are the same recording"
expect 1 bci eval day1.edf --window-from 3 --window-to 1
says err "a trial ends after it begins"
expect 1 bci eval day1.edf --window-from 0 --window-to 900
says err "day1.edf: day1: none of its events"
says err "its window reaches outside the recording"
expect 1 bci predict model.h5 day2.edf --window-from 0.5 --window-to 2
says err "--window-from 0.5 --window-to 2.5, as is taken without"
expect 2 bci eval day1.edf --pipelines 'A cov | mdm'
says err "a name before the steps ends with a colon"
for events in '' ',' left= =left 'left hand=a,' 'left hand=a,,b'; do
    expect 2 bci eval day1.edf --events "$events"
    says err "give LABEL or LABEL=CLASS"
done
for names in day1 '{subject}_{day}' ''; do
    expect 2 bci eval day1.edf --names "$names"
    says err "its fields are {subject}"
done
expect 2 bci eval day1.edf --protocol sometimes
says err "give within, cross-session, cross-subject, moabb, or pseudo-online alone"
expect 2 bci eval day1.edf --protocol within,pseudo-online
says err "pseudo-online alone"
expect 1 bci eval day1.edf --protocol pseudo-online
says err "no other recording to learn from"
expect 2 bci eval day1.edf --metric beauty
expect 2 bci eval day1.edf "${cut[@]}" --pipelines 'A: band 8-30 | cov oas | wonder'
says err "wonder"
expect 1 bci eval day1.edf "${cut[@]}" --events nothing
says err "no event of nothing"
expect 0 bci fit day1.edf "${cut[@]}" --events 'left hand,right hand,lefft' --pipeline 'band 8-30 | cov oas | mdm'
says err "no event of lefft; it has "
says err "is not saved"
expect 0 bci predict model.h5 day2.edf "${cut[@]}" --events 'left hand=west,right hand=east'
says err "no label is a class of the model"
expect 4 bci eval nowhere.edf

# What is taken for a class, a session, a rate is said where it was not asked for.
expect 0 bci eval day1.edf day2.edf "${cut[@]}" --pipelines "$two" --folds 2 --no-choose --json
says err "taken for 1 subject, 2 sessions and 2 runs"
awk 'BEGIN {
    srand(5)
    print "timestamps,a,b,c,marker"
    for (i = 0; i < 6000; i++) {
        code = i % 200 == 99 ? (i % 600 == 99 ? 1 : 10) : 0
        s = i % 200 >= 99 ? (i % 600 >= 99 && i % 600 < 299 ? 3 : 1) : 1
        printf "%.3f,%.3f,%.3f,%.3f,%d\n", 1.4e9 + i / 256, s * rand(), rand(), rand(), code
    }
}' >muse.csv
one=(--event-channel marker --window-from 0 --window-to 0.3 --pipelines 'MDM: cov oas | mdm' --no-choose --folds 2)
expect 0 bci eval muse.csv "${one[@]}" --json
says err "its time stamps jitter: read as regular at 256 Hz"
[ "$(grep -c jitter err)" -eq 1 ] || fail "a warning is said twice"
says err "without --events every label is a class: 1 (10 trials), 10 (20)"
holds 'r["n_trials"] == 30 and r["pipelines"]["MDM"]["within"]["mean"] > 0.9 and "drift" not in r'
expect 0 bci eval muse.csv "${one[@]}" --metric accuracy --quiet --json
holds 'abs(r["summary_within"]["chance"]["values"][0] - 2 / 3) < 1e-12 and r["class_counts"]["values"] == [10, 20]'
holds 'abs(r["summary_within"]["chance_bound"]["values"][0] - 24 / 30) < 1e-12' # quantile of Bin(30, 2/3)
if grep -q "every label" err; then fail "--quiet is not quiet"; fi
# Clocks of one nominal rate, read off by another's seconds; rates that are not one stay apart.
awk -F, -v OFS=, 'NR > 1 { $1 = sprintf("%.3f", 1.4e9 + (NR - 2) / 256.02) } 1' muse.csv >muse2.csv
awk -F, -v OFS=, 'NR > 1 { $1 = sprintf("%.3f", 1.4e9 + (NR - 2) / 257) } 1' muse.csv >muse3.csv
expect 0 bci eval muse.csv muse2.csv "${one[@]}" --protocol cross-session --json
holds 'r["n_trials"] == 60'
says err "read as regular at 256.02"
expect 1 bci eval muse.csv muse3.csv "${one[@]}" --protocol cross-session
says err "trials: run muse3 (1, muse3) has 257"
expect 1 bci eval muse.csv "${one[@]}" --events 7
says err "no event of 7; it has 1, 10"
expect 1 bci eval muse.csv "${one[@]}" --events 10
says err "every trial is of class 10; trials of two classes"
expect 1 bci eval muse.csv --window-to 0.3
says err "it has no labelled events; --event-channel takes the codes of a channel, such as marker"
expect 1 bci eval muse.csv "${one[@]}" --event-channel a
says err "muse.csv: --event-channel: channel a: "
for channels in a,b a,b,marker 'a,b,m*'; do
    expect 0 bci fit muse.csv "${one[@]:0:6}" --channels "$channels" --pipeline 'cov oas | mdm' --json
    holds 'r["lesson"]["channels"] == ["a", "b"]'
done
expect 1 bci eval muse.csv "${one[@]}" --strict
says err "is time-stamped in steps of 0.003 to 0.004 s"
expect 0 bci eval muse.csv "${one[@]}" --strict --rate 256 --json

data=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg
if [ -d "$data/ssvep_exo" ]; then
    one=(--pipelines 'MDM: cov oas | mdm' --no-choose --protocol within --folds 3 --json)
    expect 4 bci eval "$data/eegmmidb/corrupt_for_loader_tests/S001R01_crlf_mangled_truncated.edf" "${cut[@]}"
    says err "the file was changed by a transfer as text"
    expect 0 bci eval "$data/mi_openbci/P3_s1_r1.h5" --events right_hand,left_hand "${cut[@]}" "${one[@]}"
    holds 'r["n_trials"] == 40'
    expect 0 bci eval "$data/eegmmidb/S001/S001R04.edf" --events T1,T2 --channels 'C*' "${cut[@]}" "${one[@]}"
    holds 'r["n_trials"] == 15'
    expect 0 bci eval "$data/ssvep_exo/subject03/record-[2012.07.11-15.25.23].gdf" --events '33024,33025' \
        --window-from 2 --window-to 4 "${one[@]}"
    holds 'r["classes"] == ["33024", "33025"]'
    expect 0 bci eval "$data/ssvep_exo/subject02/record-[2012.07.19-17.36.23]_raw.fif" --window-from 2 \
        --window-to 4 "${one[@]}"
    holds 'r["n_trials"] == 32'
fi
