"""Reads the files in a folder with MNE-Python and compares them with the values wanted.

Exit 0 when all agree, 1 when not, 77 when MNE is not on this machine."""
import glob
import os
import sys
import warnings

try:
    import mne
    import numpy as np
except ImportError:
    print("MNE-Python is not on this machine")
    sys.exit(77)

mne.set_log_level("ERROR")
warnings.simplefilter("ignore")
READERS = {".edf": mne.io.read_raw_edf, ".bdf": mne.io.read_raw_bdf,
           ".vhdr": mne.io.read_raw_brainvision}


def wanted_of(path):
    """Rate, values (channel x time, volts) and annotations of a .wanted file."""
    with open(path, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    rate, n = float(lines[0]), int(lines[1])
    values = np.array([[float(x) for x in line.split()] for line in lines[2:2 + n]])
    rows = [line.split("\t") for line in lines[2 + n:]]
    return rate, values, [(float(a), float(b), c) for a, b, c in rows]


def compare(path):
    """Number of disagreements on one file."""
    rate, values, annotations = wanted_of(path + ".wanted")
    raw = READERS[os.path.splitext(path)[1]](path, preload=True)
    data = raw.get_data()
    # Floats are digitised in EDF: half a step of their range.
    step = (values.max() - values.min()) / 65534 if "f.edf" in path else 0.0
    error = np.abs(data - values).max() if data.shape == values.shape else np.inf
    faults = []
    if abs(raw.info["sfreq"] / rate - 1) > 1e-12:
        faults.append(f"rate {raw.info['sfreq']}")
    if not error <= step / 2 * 1.01 + 1e-12 * np.abs(values).max():
        faults.append(f"samples {data.shape}, largest error {error}")
    found = [(a["onset"], a["duration"], a["description"]) for a in raw.annotations
             if not a["description"].startswith("New Segment")]
    for onset, duration, text in annotations:
        if not any(abs(o - onset) < 1e-6 and abs(d - duration) < 1e-6 and t == text
                   for o, d, t in found):
            faults.append(f"annotation {text} at {onset} not among {found}")
    print(f"{os.path.basename(path)}: {data.size} samples, {len(found)} annotations",
          "; ".join(faults) or "agree")
    return len(faults)


def main():
    paths = sorted(p[:-len(".wanted")] for p in glob.glob(os.path.join(sys.argv[1], "*.wanted")))
    n_faults = sum(compare(path) for path in paths)
    print(f"mne {mne.__version__}: {len(paths)} files, {n_faults} faults")
    return 0 if paths and n_faults == 0 else 1


sys.exit(main())
