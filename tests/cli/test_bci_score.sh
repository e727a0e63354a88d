# shellcheck shell=bash
# Detected events against true ones: tables of every kind, recordings, and wrong use.
. "$(dirname "$0")/support.sh"

printf 'onset\tduration\teventType\trecordingDuration\n100\t60\tsz_foc\t3600\n1000\t20\tsz_gen\t3600\n2000\t350\tsz_foc\t3600\n2600\t500\tbckg\t3600\n' >true.tsv
printf 'start,stop\n110,175\n2399,2420\n3000,3010\n3085,3100\n5000,5010\n' >found.csv
printf '[{"onset": 110, "duration": 65}, {"onset": 3000, "duration": 10}]' >found.json
printf 'onset\tduration\n' >none.tsv
printf 'onset\tduration\n5\tn/a\n' >missing.tsv
printf 'onset\tduration\n5\t1\n7\t-2\n' >backwards.tsv
printf 'onset\tlength\n5\t1\n' >columns.tsv
printf 'onset\tduration\nsoon\t1\n' >words.tsv

# holds EXPRESSION: true of the JSON in out, called `r`.
holds() {
    /usr/bin/python3 -c "import json, sys; r = json.load(open('out')); sys.exit(0 if ($1) else 1)" ||
        fail "not: $1"
}

expect 0 bci score true.tsv found.csv --json
says err "3 of 4 events count"
says err "1 detections lie outside"
holds 'r["schema"] == "event scores"'
holds 'r["by_events"]["n_reference"] == 4 and r["by_events"]["n_detected"] == 2'
holds 'r["by_events"]["n_false"] == 1 and r["by_events"]["false_per_day"] == 24'
holds 'r["by_events"]["sensitivity"] == 0.5 and abs(r["by_events"]["precision"] - 2 / 3) < 1e-12'
holds 'r["reference"]["outcome"] == ["detected", "missed", "missed", "detected"]'
holds 'r["mean_latency"]["value"] == 10'
holds 'r["by_samples"]["n_detected"] == 50 and r["by_samples"]["n_reference"] == 430'

expect 0 bci score true.tsv found.json --events 'sz_f*' --duration 7200 --split 0 --json
holds 'r["by_events"]["n_reference"] == 2 and r["by_events"]["false_per_hour"] == 0.5'
expect 0 bci score true.tsv found.csv --merge 0 --tolerance-before 0 --tolerance-after 0 --json
holds 'r["by_events"]["n_detected"] == 1 and r["by_events"]["n_false"] == 3'
expect 0 bci score found.json found.json --json
says err "--duration SECONDS gives it"
holds 'r["by_events"]["f1"] == 1 and r["by_events"]["false_per_hour"]["value"] is None'
expect 0 bci score none.tsv none.tsv --json
holds 'r["by_events"]["sensitivity"]["value"] is None and "lanes" not in r'
expect 0 bci score true.tsv found.csv -o scores.html
grep -q "false alarm" scores.html || fail "the page does not tell false alarms"
expect 0 bci score true.tsv found.csv -o a.h5
expect 0 report a.h5 -o again.html

# Alarms that warn of events to come.
expect 0 bci score true.tsv found.csv --forecast --horizon 10 --period 900 --duration 20000 --json
holds 'r["schema"] == "forecast scores" and r["n_events"] == 3 and r["n_predicted"] == 1'
holds 'r["by_time"]["sensitivity"] == r["time_in_warning"] and 0 < r["by_time"]["p"] < 1'
expect 0 bci score true.tsv found.csv --forecast --duration 20000 -o forecasts.html
grep -q "turned in time" forecasts.html || fail "the page does not tell of random alarms"
expect 1 bci score found.json found.json --forecast
says err "--duration SECONDS gives it"
expect 1 bci score true.tsv found.csv --forecast --duration 1000
says err "longer than horizon and period"
expect 2 bci score true.tsv found.csv --forecast --period -1

# A recording's annotations are events, scored against themselves.
if [ -e "${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg/eegmmidb/S001/S001R04.edf" ]; then
    edf=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg/eegmmidb/S001/S001R04.edf
    expect 0 bci score "$edf" "$edf" --events T1 --merge 0 --tolerance-before 0 --tolerance-after 0 --json
    holds 'r["by_events"]["f1"] == 1 and r["by_events"]["n_reference"] > 5'
    holds 'r["by_events"]["false_per_hour"] == 0'
    expect 1 bci score "$edf" "$edf" --intervals nothing
    says err "holds no intervals nothing"
fi

expect 2 bci score true.tsv
expect 2 bci score true.tsv found.csv --merge -1
says err "--merge"
expect 2 bci score true.tsv found.csv --sample-rate 0
expect 4 bci score true.tsv nowhere.tsv
expect 4 bci score true.tsv missing.tsv
says err "duration"
expect 4 bci score true.tsv backwards.tsv
says err "row 2: onset 7 and duration -2"
expect 4 bci score true.tsv columns.tsv
says err "has no column duration"
expect 4 bci score true.tsv words.tsv
says err "column onset holds other things than numbers"
expect 1 bci score true.tsv found.csv --split 1e-9
says err "choose a longer --split"
