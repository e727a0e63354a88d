#!/usr/bin/env python3
"""Reference values of the signal layer, by scipy and MNE -> signal.json.

Run with Debian's /usr/bin/python3 (numpy 1.24, scipy 1.10, MNE 1.3); --check compares instead of
writing, and ends with 77 where those packages are missing.
"""

import sys
import warnings

try:
    import mne
    import numpy as np
    from scipy import signal
except ImportError as missing:
    print(missing)
    sys.exit(77)

from reference_json import array, main

RATE = 160.0


def make_signals():
    """Two channels of 700 samples: slow drift, two rhythms, noise and an offset."""
    rng = np.random.default_rng(20240307)
    t = np.arange(700) / RATE
    x = rng.standard_normal((2, 700)).cumsum(axis=1) * 0.3 + rng.standard_normal((2, 700))
    x[0] += 12.5 + 3 * np.sin(2 * np.pi * 10.3 * t) + 1.5 * np.sin(2 * np.pi * 50 * t + 0.4)
    x[1] += -4.25 + 2 * np.sin(2 * np.pi * 21.7 * t + 1) - 0.9 * t
    return np.round(x, 6)


X = make_signals()


def tapers():
    kinds = {
        "hann": "hann",
        "hamming": "hamming",
        "blackman": "blackman",
        "blackman-harris": "blackmanharris",
        "flat-top": "flattop",
        "rectangle": "boxcar",
        "kaiser": ("kaiser", 5.0),
    }
    made = {}
    for name, window in kinds.items():
        made[name] = {
            "symmetric": array(signal.get_window(window, 12, fftbins=False)),
            "periodic": array(signal.get_window(window, 13, fftbins=True)),
        }
    made["kaiser"]["beta"] = array([signal.kaiser_beta(a) for a in (10.0, 30.0, 65.5)])
    return made


def slepian():
    made = {}
    for n, half_bandwidth, k, symmetric in [
        (50, 2.5, 4, False),
        (33, 4.0, 7, True),
        (400, 4.0, 8, False),
        (301, 3.3, 6, True),
    ]:
        tapers, ratios = signal.windows.dpss(
            n, half_bandwidth, k, sym=symmetric, norm=2, return_ratios=True
        )
        made[f"n{n}"] = {
            "n": n,
            "half_bandwidth": half_bandwidth,
            "symmetric": symmetric,
            "tapers": array(tapers),
            "concentrations": array(ratios),
        }
    return made


def windowed_sinc():
    made = {}
    for name, n, cutoffs, pass_zero, window in [
        ("low", 21, [0.3], True, "hamming"),
        ("low_even", 24, [0.3], True, "hann"),
        ("high", 31, [0.41], False, "blackman"),
        ("band", 45, [0.2, 0.55], False, "hamming"),
        ("stop", 45, [0.2, 0.55], True, "hamming"),
        ("comb", 61, [0.1, 0.3, 0.52, 0.8], False, ("kaiser", 5.0)),
    ]:
        made[name] = {
            "cutoffs": array(cutoffs),
            "pass_zero": pass_zero,
            "taper": window if isinstance(window, str) else "kaiser",
            "taps": array(signal.firwin(n, cutoffs, pass_zero=pass_zero, window=window)),
        }
    return made


def designs():
    """high-pass, low-pass, transitions (0: automatic), length in seconds (0: automatic)."""
    made = {}
    for name, rate, high, low, high_transition, low_transition, length, taper in [
        ("band", 160.0, 8.0, 32.0, 0, 0, 0, "hamming"),
        ("wide_band", 250.0, 1.0, 40.0, 0, 0, 0, "hamming"),
        ("high", 160.0, 0.5, 0, 0, 0, 0, "hamming"),
        ("low", 160.0, 0, 30.0, 0, 0, 0, "hamming"),
        ("low_near_end", 160.0, 0, 76.0, 0, 0, 0, "hann"),
        ("stop", 160.0, 60.0, 20.0, 0, 0, 0, "hamming"),
        ("given", 160.0, 6.0, 25.0, 1.5, 4.0, 4.0, "blackman"),
        ("hann", 100.0, 5.0, 20.0, 0, 0, 0, "hann"),
    ]:
        taps = mne.filter.create_filter(
            None,
            rate,
            high or None,
            low or None,
            filter_length=f"{length}s" if length else "auto",
            l_trans_bandwidth=high_transition or "auto",
            h_trans_bandwidth=low_transition or "auto",
            fir_window=taper,
        )
        made[name] = {
            "rate": rate,
            "high_pass": high,
            "low_pass": low,
            "high_transition": high_transition,
            "low_transition": low_transition,
            "length": length,
            "taper": taper,
            "taps": array(taps),
        }
    return made


def fir_outputs():
    band = mne.filter.create_filter(None, RATE, 8.0, 32.0)
    short = X[:, :150]
    tiny = X[:, :40]
    notch = {"verbose": "error", "method": "fir"}
    return {
        "band": array(mne.filter.filter_data(X, RATE, 8.0, 32.0)),
        "band_short": array(mne.filter.filter_data(short, RATE, 8.0, 32.0)),
        "band_tiny": array(mne.filter.filter_data(tiny, RATE, 8.0, 32.0)),
        "causal": array(signal.lfilter(band, [1.0], X)),
        "notch_50": array(mne.filter.notch_filter(X, RATE, 50.0, **notch)),
        "notch_20_40_60": array(
            mne.filter.notch_filter(X, RATE, [20.0, 40.0, 60.0], notch_widths=2.0, **notch)
        ),
    }


def butterworth():
    made = {}
    for order in (1, 2, 3, 4, 5, 8):
        for name, high, low in [
            ("low", 0, 30.0),
            ("high", 2.0, 0),
            ("band", 8.0, 32.0),
            ("wide", 0.5, 70.0),
            ("stop", 55.0, 45.0),
        ]:
            kind = {"low": "lowpass", "high": "highpass", "stop": "bandstop"}.get(name, "bandpass")
            edges = sorted(e for e in (high, low) if e)
            sos = signal.butter(order, edges if len(edges) > 1 else edges[0], kind, fs=RATE,
                                output="sos")
            frequencies = np.array([0.7, 3.1, 8.0, 20.0, 31.0, 50.0, 66.0, 79.0])
            made[f"{name}_{order}"] = {
                "order": order,
                "high_pass": high,
                "low_pass": low,
                "sections": array(sos),
                "gain": array(np.abs(signal.sosfreqz(sos, frequencies, fs=RATE)[1])),
                "ringing": int(mne.filter.estimate_ringing_samples(sos)),
            }
    made["frequencies"] = array(frequencies)
    return made


def iir_outputs():
    sos = signal.butter(4, [8.0, 32.0], "bandpass", fs=RATE, output="sos")
    low = signal.butter(3, 20.0, fs=RATE, output="sos")
    b, a = signal.iirnotch(50.0, 30.0, fs=RATE)
    return {
        "sections": array(sos),
        "steady_state": array(signal.sosfilt_zi(low)),
        "causal": array(signal.sosfilt(sos, X)),
        "both_ways": array(signal.sosfiltfilt(sos, X)),
        "both_ways_pad": 3 * (2 * len(sos) + 1),
        "low_both_ways_no_pad": array(signal.sosfiltfilt(low, X[:, :30], padlen=0)),
        "mne": array(mne.filter.filter_data(X, RATE, 8.0, 32.0, method="iir")),
        "notch": array(np.r_[b, a]),
        "notch_both_ways": array(signal.sosfiltfilt(np.r_[b, a][None], X, padlen=9)),
    }


def minimum_phase():
    """Half the length: scipy's filter has the square root of the magnitude of what it is given."""
    taps = mne.filter.create_filter(None, RATE, None, 30.0)
    return {
        "taps": array(taps),
        "minimum": array(signal.minimum_phase(np.convolve(taps, taps), n_fft=1 << 16)),
    }


def resampled():
    made = {}
    for up, down in [(1, 2), (3, 1), (5, 8), (25, 16), (7, 3), (4, 6)]:
        made[f"poly_{up}_{down}"] = {
            "up": up,
            "down": down,
            "y": array(signal.resample_poly(X[:, :101], up, down, axis=1)),
        }
    for n_in, n_out in [(100, 60), (100, 61), (101, 60), (101, 75), (100, 140), (101, 141), (90, 90)]:
        made[f"fft_{n_in}_{n_out}"] = {
            "n_in": n_in,
            "n_out": n_out,
            "y": array(signal.resample(X[:, :n_in], n_out, axis=1)),
        }
    for n_in, rate in [(304, 100.0), (320, 250.0), (288, 80.0)]:
        made[f"padded_{n_in}"] = {
            "n_in": n_in,
            "rate": rate,
            "y": array(mne.filter.resample(X[:, :n_in], rate, RATE, npad="auto")),
        }
    for factor in (2, 5):
        made[f"decimate_{factor}"] = {
            "factor": factor,
            "y": array(signal.decimate(X[:, :103], factor, ftype="fir", axis=1)),
        }
    return made


def detrended():
    return {
        "constant": array(signal.detrend(X[:, :97], type="constant")),
        "linear": array(signal.detrend(X[:, :97], type="linear")),
    }


def welch():
    made = {}
    for name, taper, length, overlap, n_fft, detrend, scaling, average in [
        ("plain", "hann", 128, 64, 128, "constant", "density", "mean"),
        ("odd", "hamming", 99, 33, 99, "linear", "density", "mean"),
        ("padded", "blackman", 80, 0, 256, False, "spectrum", "mean"),
        ("median", "hann", 128, 96, 128, "constant", "density", "median"),
        ("median_even", "hann", 200, 100, 200, "constant", "density", "median"),
        ("whole", "hann", 700, 0, 700, "constant", "density", "mean"),
    ]:
        frequencies, psd = signal.welch(
            X, RATE, taper, length, overlap, n_fft, detrend, scaling=scaling, average=average
        )
        made[name] = {
            "taper": taper,
            "length": length,
            "overlap": overlap,
            "n_fft": n_fft,
            "detrend": detrend or "none",
            "scaling": scaling,
            "average": average,
            "frequencies": array(frequencies),
            "psd": array(psd),
        }
    return made


def multitaper():
    made = {}
    for name, n, bandwidth, adaptive, low_bias, normalization in [
        ("default", 300, None, False, True, "length"),
        ("odd", 301, 4.0, False, True, "full"),
        ("all_tapers", 300, 3.0, False, False, "full"),
        ("adaptive", 300, None, True, True, "full"),
        ("adaptive_wide", 255, 8.0, True, False, "full"),
    ]:
        psd, frequencies = mne.time_frequency.psd_array_multitaper(
            X[:, :n], RATE, bandwidth=bandwidth, adaptive=adaptive, low_bias=low_bias,
            normalization=normalization,
        )
        made[name] = {
            "n": n,
            "bandwidth": bandwidth or 0.0,
            "adaptive": adaptive,
            "low_bias": low_bias,
            "normalization": normalization,
            "frequencies": array(frequencies),
            "psd": array(psd),
        }
    return made


def morlet():
    frequencies = np.array([6.0, 10.3, 21.7, 45.0])
    cycles = np.array([3.0, 4.0, 7.0, 7.0])
    made = {"frequencies": array(frequencies), "cycles": array(cycles)}
    for name, zero_mean in (("plain", False), ("zero_mean", True)):
        power = mne.time_frequency.tfr_array_morlet(
            X[None, :, :200], RATE, frequencies, cycles, zero_mean=zero_mean, output="complex"
        )[0]
        made[name] = {"real": array(power.real[:, :, ::7]), "imaginary": array(power.imag[:, :, ::7])}
    trials = X[:, :690].reshape(2, 3, 230).transpose(1, 0, 2)
    made["trials"] = array(trials[:, :, :6])
    made["itc"] = array(
        mne.time_frequency.tfr_array_morlet(trials, RATE, frequencies, cycles, zero_mean=False,
                                            output="itc")[:, :, ::9]
    )
    made["average_power"] = array(
        mne.time_frequency.tfr_array_morlet(trials, RATE, frequencies, cycles, zero_mean=False,
                                            output="avg_power")[:, :, ::9]
    )
    return made


def analytic():
    made = {}
    for n in (200, 201, 1, 2):
        made[f"n{n}"] = {"imaginary": array(signal.hilbert(X[:, :n], axis=1).imag)}
    return made


def epochs():
    """Events, BAD spans and thresholds on a recording of three channels, one of them bad."""
    rate = 100.0
    rng = np.random.default_rng(77)
    data = np.round(rng.standard_normal((4, 1200)) * 10, 3)
    data[0, 400:410] += 90.0
    data[1, 520:700] = 3.0
    data[2, 700:720] -= 70.0
    data[2, 720:900] = -1.5
    names = ["a", "b", "c", "d"]
    info = mne.create_info(names, rate, "eeg")
    info["bads"] = ["d"]
    data[3, ::50] += 500.0
    raw = mne.io.RawArray(data, info)
    onset = [0.1, 0.304, 0.505, 1.495, 1.525, 2.0, 3.2, 3.955, 5.5, 6.0, 7.0, 7.5, 8.005, 9.3, 10.0,
             11.2, 11.5, 11.55]
    label = ["left" if i % 3 else "right" for i in range(len(onset))]
    bad_start, bad_stop = [1.9, 3.69, 9.0, 10.6], [2.0, 3.72, 9.1, 10.65]
    raw.set_annotations(
        mne.Annotations(bad_start, np.subtract(bad_stop, bad_start), ["BAD blink"] * 4)
    )
    made = {
        "rate": rate,
        "data": array(data),
        "onset": array(onset),
        "label": {f"{i:02d}": text for i, text in enumerate(label)},
        "bad_start": array(bad_start),
        "bad_stop": array(bad_stop),
    }
    samples = np.round(np.array(onset) * rate).astype(int)
    codes = [1 if text == "left" else 2 for text in label]
    table = np.c_[samples, np.zeros(len(samples), int), codes]
    for name, event_id, tmin, tmax, baseline, reject, flat, by_annotation in [
        ("plain", {"left": 1, "right": 2}, -0.3, 0.5, None, None, None, False),
        ("left", {"left": 1}, -0.2, 0.4, (-0.156, 0.004), None, None, True),
        ("thresholds", {"left": 1, "right": 2}, -0.1, 0.305, (None, 0.305), 80.0, 1.0, True),
    ]:
        made_epochs = mne.Epochs(
            raw, table, event_id, tmin, tmax, baseline=baseline,
            reject=None if reject is None else {"eeg": reject},
            flat=None if flat is None else {"eeg": flat},
            reject_by_annotation=by_annotation,
            picks="all", preload=True, verbose="error",
        )
        kept = made_epochs.get_data()
        made[name] = {
            "only_left": len(event_id) == 1,
            "tmin": tmin,
            "tmax": tmax,
            "baseline": array([np.nan if b is None else b for b in baseline or (None, None)]),
            "reject": reject or 0.0,
            "flat": flat or 0.0,
            "by_annotation": by_annotation,
            "times": array(made_epochs.times),
            "drop_log": {f"{i:02d}": " ".join(r) for i, r in enumerate(made_epochs.drop_log)},
            "kept": array(made_epochs.selection),
            "sums": array(kept.sum(axis=2)),
            "first": array(kept[0]),
        }
    return made


def make():
    mne.set_log_level("error")
    warnings.simplefilter("ignore")
    return {
        "rate": RATE,
        "x": array(X),
        "taper": tapers(),
        "dpss": slepian(),
        "firwin": windowed_sinc(),
        "fir_design": designs(),
        "fir": fir_outputs(),
        "butterworth": butterworth(),
        "iir": iir_outputs(),
        "minimum_phase": minimum_phase(),
        "resample": resampled(),
        "detrend": detrended(),
        "welch": welch(),
        "multitaper": multitaper(),
        "morlet": morlet(),
        "hilbert": analytic(),
        "epochs": epochs(),
    }


if __name__ == "__main__":
    main(make, "signal.json")
