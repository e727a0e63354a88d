# shellcheck shell=bash
# What trials recordings would give: whose, how many, of which rank, with which bad channels.
. "$(dirname "$0")/support.sh"

# holds EXPRESSION: true of the JSON in out, called `r`, and of its first recording, called `a`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); a = r['recordings']['1']
sys.exit(0 if ($1) else 1)" || fail "not: $1"
}

expect 0 simulate --kind eeg --duration 100 --size 13 --seed 3 -o P1_day1_a.edf
expect 0 simulate --kind eeg --duration 100 --size 13 --seed 4 -o P1_day2_a.edf

expect 0 bci info P1_day1_a.edf P1_day2_a.edf --names '{subject}_{session}_{run}' --json
holds 'r["schema"] == "bci-recordings" and r["overview"]["session"] == ["day1", "day2"]'
holds 'sum(r["trials"]["trials"]["values"]) == r["n_trials"] and r["trials"]["recording"] == r["overview"]["recording"]'
holds 'a["subject"] == "P1" and a["run"] == "a" and a["n_channels"] == 13'
holds 'sum(a["events"]["trials"]["values"]) == a["n_trials"] > 0'
holds 'a["check"]["rank"] == 13 and a["check"]["suspect_channels"] == []'
cp P1_day1_a.edf S001R04.edf
expect 0 bci info S001R04.edf --json
holds '(a["subject"], a["session"], a["run"]) == ("S001", "1", "R04")'
mv S001R04.edf S001R04x.edf
expect 0 bci info S001R04x.edf --json
holds '(a["session"], a["run"]) == ("S001R04x", "S001R04x")'
expect 0 bci info P1_day1_a.edf -o info.html
grep -q "Riemannian potato" info.html || fail "the page lacks the scores of trials"

# An average reference costs a rank, and the sentence says so.
expect 0 preprocess P1_day1_a.edf --reference average --lossy -o average.nwb
expect 0 bci info average.nwb --json
holds 'a["check"]["rank"] == 12 and "average reference" in a["check"]["rank_sentence"]'
holds '"average reference" in r["notes"]["note"][0] and r["notes"]["recording"] == ["average.nwb"]'

# Dropped events have reasons; a recording without a window or without trials is still described.
expect 0 bci info P1_day1_a.edf --window-to 30 --json
holds 'a["n_dropped"] > 0 and set(a["dropped"]["reason"]) == {"outside"}'
expect 0 bci info P1_day1_a.edf --events nothing --json
holds '"no event of nothing; it has" in a["no_trials"] and a["n_channels"] == 13'
expect 0 bci info P1_day1_a.edf --max-frequency 0 --json
holds 'a["check"]["rank"] == 13'

expect 0 bci info P1_day1_a.edf --min-frequency 150 --max-frequency 200 --json
says err "is judged as recorded: a band from 150 Hz on"
expect 2 bci info P1_day1_a.edf --min-frequency 50
says err "the lower edge is below the upper one"
expect 2 bci info
expect 4 bci info nowhere.edf
expect 2 bci info P1_day1_a.edf --bridge 2

eeg=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg
if [ -e "$eeg/mi_openbci/P1_s1_r1.h5" ]; then
    expect 0 bci info "$eeg/mi_openbci/P1_s1_r1.h5" --events right_hand,left_hand --window-from 0.5 \
        --window-to 2.984 --json
    holds 'a["n_trials"] == 40 and a["check"]["rank"] == 13'
fi
gdf="$eeg/ssvep_exo/subject02/record-[2012.07.19-17.41.14].gdf"
if [ -e "$gdf" ]; then
    expect 0 bci info "$gdf" --json
    holds '"--window-to" in a["no_trials"] and "33025" in a["events"]["class"]'
fi
