"""Epochs as MNE cuts them: which are kept, why the others are not, and their values; covariances of
the first ones by numpy. Values with an offset far from zero, events that leave the data, BAD spans,
an epoch that is too large and one that is flat."""

import warnings

import numpy as np

warnings.filterwarnings("ignore")
import mne

from reference_json import array, main

mne.set_log_level("ERROR")
RATE = 200.0
N = 2400
LABELS = ["left", "right", "BAD blink"]


def make():
    rng = np.random.default_rng(20240517)
    x = np.cumsum(rng.standard_normal((3, N)), axis=1) + np.array([[3.0], [-40.0], [0.7]])
    x[1, 1400:1420] += 90.0 * np.hanning(20)
    x[2, 1700:1960] = 1.25
    onsets = [0.05, 1.0, 2.0123, 3.4, 4.4444, 5.2, 6.98, 8.7, 10.11, 11.9]
    names = ["left", "right", "left", "left", "right", "left", "right", "left", "right", "left"]
    bad = [(3.1, 0.25), (5.7, 0.0), (10.7, 0.1)]
    info = mne.create_info(["a", "b", "c"], RATE, "misc")
    raw = mne.io.RawArray(x, info)
    annotations = mne.Annotations(
        onsets + [b[0] for b in bad], [0.0] * len(onsets) + [b[1] for b in bad],
        names + ["BAD blink"] * len(bad))
    raw.set_annotations(annotations)
    events, ids = mne.events_from_annotations(raw, {"left": 1, "right": 2}, use_rounding=True)
    out = {
        "x": array(x),
        "rate": RATE,
        "onset": array([a["onset"] for a in raw.annotations]),
        "duration": array([a["duration"] for a in raw.annotations]),
        "label": array([LABELS.index(a["description"]) for a in raw.annotations]),
    }
    for name, options in {
        "plain": dict(tmin=-0.1, tmax=0.5, baseline=None),
        "baseline": dict(tmin=-0.1, tmax=0.5, baseline=(None, 0.0)),
        "inner_baseline": dict(tmin=-0.2, tmax=0.3, baseline=(-0.15, -0.05)),
        "reject": dict(tmin=-0.1, tmax=0.5, baseline=None, reject=dict(misc=60.0), flat=dict(misc=0.5)),
    }.items():
        # MNE rejects by data channels only, so that the channels are called EEG for that case.
        this = raw.copy()
        keys = {k: ({"eeg": v["misc"]} if isinstance(v, dict) else v) for k, v in options.items()}
        this.set_channel_types({c: "eeg" for c in "abc"})
        epochs = mne.Epochs(this, events, ids, preload=True, reject_by_annotation=True,
                            picks="all", proj=False, **keys)
        out[name] = {
            "kept": array(epochs.selection),
            "times": array(epochs.times),
            "values": array(epochs.get_data()[:3]),
            "sums": array(epochs.get_data().sum(axis=2)),
            "n_dropped": sum(1 for d in epochs.drop_log if d),
            "average": array(epochs.get_data().mean(axis=0)),
        }
        data = epochs.get_data()
        out[name]["covariance"] = array([np.cov(e) for e in data[:2]])
        out[name]["second_moment"] = array([e @ e.T / e.shape[1] for e in data[:2]])
    return out


main(make, "epochs.json")
