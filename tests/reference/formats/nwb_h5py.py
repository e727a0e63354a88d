#!/usr/bin/env python3
"""h5py reads what we write as NWB: values, types, references and cached specifications.

Usage: nwb_h5py.py ANA; exit 77 where h5py is not installed."""
import json
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)


def simulate(ana, kind, folder):
    path = os.path.join(folder, kind + ".nwb")
    subprocess.run([ana, "simulate", "--kind", kind, "--duration", "12", "-q", "-o", path], check=True)
    text = subprocess.run([ana, "info", "--stats", "--json", path], check=True,
                          capture_output=True, text=True).stdout
    return h5py.File(path, "r"), json.loads(text)


def check_frame(file):
    assert file.attrs["nwb_version"] == "2.6.0"
    assert file.attrs["neurodata_type"] == "NWBFile"
    specifications = file[file.attrs[".specloc"]]
    types = set()
    for name in ("core", "hdmf-common"):
        (version,) = specifications[name]
        for document in specifications[name][version].values():
            types |= set(json.dumps(json.loads(document[()])).split('"'))
    file.visititems(lambda path, item: check_type(path, item, types))


def check_type(path, item, types):
    if not path.startswith("specifications") and "neurodata_type" in item.attrs:
        assert item.attrs["neurodata_type"] in types, path


def check_units(file, info):
    units = file["units"]
    ends = units["spike_times_index"][()].astype(int)
    assert file[units["spike_times_index"].attrs["target"]] == units["spike_times"]
    starts = np.concatenate([[0], ends[:-1]])
    listed = info["spikes"][0]["units"]
    assert len(listed) == len(ends)
    for start, end, unit in zip(starts, ends, listed):
        times = units["spike_times"][start:end]
        assert len(times) == unit["n_spikes"]
        if len(times):
            assert times[0] == unit["first"] and times[-1] == unit["last"]
    assert units["obs_intervals"].shape[1] == 2


def check_series(group, series):
    data = group["data"]
    scale = data.attrs["conversion"] * group["channel_conversion"][()] if "channel_conversion" in group \
        else np.full(data.shape[1], data.attrs["conversion"])
    values = data[()].astype(float) * scale + data.attrs["offset"]
    assert group["starting_time"].attrs["rate"] == series["rate"]
    assert values.shape == (series["n_times"], len(series["channels"]))
    for column, channel in zip(values.T, series["channels"]):
        np.testing.assert_allclose(column.sum(), channel["sum"], rtol=0,
                                   atol=1e-12 * np.sqrt(len(column) * channel["sumsq"]))
        np.testing.assert_allclose((column ** 2).sum(), channel["sumsq"], rtol=1e-11)


def check_electrodes(file):
    series = file["acquisition/eeg"]
    table = file[series["electrodes"].attrs["table"]]
    assert table == file["general/extracellular_ephys/electrodes"]
    assert len(table["id"]) == series["data"].shape[1]
    assert file[table["group"][0]].attrs["neurodata_type"] == "ElectrodeGroup"


def main(ana):
    with tempfile.TemporaryDirectory() as folder:
        file, info = simulate(ana, "spikes", folder)
        check_frame(file)
        check_units(file, info)
        file, info = simulate(ana, "eeg", folder)
        check_frame(file)
        check_series(file["acquisition/eeg"], info["series"][0])
        check_electrodes(file)
        file, info = simulate(ana, "calcium", folder)
        check_frame(file)
        for series in info["series"]:
            check_series(file["processing/ophys/Fluorescence/" + series["name"]], series)


main(sys.argv[1])
