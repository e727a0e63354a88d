#!/usr/bin/env python3
"""Reference values of spikes and calcium, by numpy, scipy and whole numbers -> spikes.json.

Everything is computed from its definition, on another way than the library goes: counts by exact
fractions, deconvolution as non-negative least squares on the full matrix of responses, baselines by
scipy.ndimage. Run with Debian's /usr/bin/python3 (numpy 1.24, scipy 1.10); --check compares instead
of writing, and ends with 77 where those packages are missing.
"""

import sys
from fractions import Fraction

try:
    import numpy as np
    import scipy.ndimage
    import scipy.optimize
    import scipy.signal
except ImportError as missing:
    print(missing)
    sys.exit(77)

from reference_json import array, main


def make_trains(rng):
    """Decimal times of four units in 10 s, in microseconds: irregular, bursty, with a coupled pair."""
    first = rng.integers(0, 10_000_000, 120)
    gaps = (rng.gamma(0.5, 0.1, 200) * 1e6).astype(int) + 100
    bursty = np.cumsum(gaps)
    follows = first[::2] + rng.integers(1000, 4000, 60)
    grid = np.arange(0, 10_000_000, 250_000)  # on the edges of most bins
    trains = [np.unique(t[(t >= 0) & (t < 10_000_000)]) for t in (first, bursty, follows, grid)]
    return trains


def count(train, start, bin_us, n_bins):
    """Exact: whole microseconds over whole microseconds."""
    counts = np.zeros(n_bins, int)
    for t in train:
        k = Fraction(int(t) - start, bin_us)
        k = k.numerator // k.denominator
        if 0 <= k < n_bins:
            counts[k] += 1
    return counts


def isi_measures(times, refractory):
    isi = np.diff(times)
    both = isi[1:] + isi[:-1]
    contrast = (isi[1:] - isi[:-1]) / both
    return [
        isi.mean(),
        isi.std(),
        isi.std() / isi.mean(),
        np.mean(2 * np.abs(contrast)),
        3 * np.mean(contrast**2),
        3 * np.mean((1 - 4 * isi[1:] * isi[:-1] / both**2) * (1 + 4 * refractory / both)),
    ]


def sttc(a, b, window, duration):
    """All in whole microseconds."""

    def tiled(train):
        covered = 0
        reached = 0
        for t in train:
            covered += max(0, min(t + window, duration) - max(t - window, reached))
            reached = max(reached, min(t + window, duration))
        return covered / duration

    def near(one, other):
        return np.mean([np.min(np.abs(other - t)) <= window for t in one])

    def half(p, t):
        return 1.0 if p * t == 1 else (p - t) / (1 - p * t)

    return 0.5 * (half(near(a, b), tiled(b)) + half(near(b, a), tiled(a)))


def make_spike_trains(rng):
    trains = make_trains(rng)
    seconds = [t / 1e6 for t in trains]
    out = {
        "times": array(np.concatenate(seconds)),
        "n": array([len(t) for t in trains]),
        "isi": array([isi_measures(t, 0.005) for t in seconds]),
    }
    for bin_us in (1000, 25_000, 33_300, 250_000):
        n_bins = 10_000_000 // bin_us
        counts = np.array([count(t, 0, bin_us, n_bins) for t in trains])
        case = {"bin": bin_us / 1e6, "fano": array(counts.var(axis=1, ddof=1) / counts.mean(axis=1))}
        if bin_us > 1000:
            case["counts"] = array(counts.T)
        out[f"bins_{bin_us}"] = case
    for window in (0, 500, 2000, 100_000):
        table = [[sttc(a, b, window, 10_000_000) for b in trains] for a in trains]
        out[f"sttc_{window}"] = {"window": window / 1e6, "values": array(table)}
    # Lags of 5 ms bins centred on 0, in whole microseconds; half a bin is 2500.
    lags = {}
    for a in range(4):
        for b in range(4):
            pairs = [int(y) - int(x) for x in trains[a] for y in trains[b]]
            pairs = pairs if a != b else [p for p in pairs if p != 0]
            places = [(p + 2500 + 20 * 5000) // 5000 for p in pairs]
            lags[f"{a}_{b}"] = array(np.bincount([p for p in places if 0 <= p < 41], minlength=41))
    out["lags"] = lags
    return out


def make_smooth(rng):
    counts = rng.poisson(0.7, 300).astype(float)
    step, width = 0.01, 0.037
    k = np.arange(-200, 201) * step
    gauss = np.exp(-0.5 * (k / width) ** 2) / (width * np.sqrt(2 * np.pi))
    gauss[np.abs(k) > 5 * width + 1e-9] = 0
    shapes = {
        "gaussian": gauss,
        "exponential": np.exp(-np.abs(k) / width) / (2 * width) * (np.abs(k) <= 15 * width + 1e-9),
        "alpha": np.abs(k) * np.exp(-np.abs(k) / width) / (2 * width**2) * (np.abs(k) <= 15 * width + 1e-9),
    }
    out = {"counts": array(counts), "bin": step, "width": width}
    for name, shape in shapes.items():
        causal = 2 * shape * (k >= 0)
        out[name] = array(np.convolve(counts, shape, "full")[200:500])
        out[name + "_causal"] = array(np.convolve(counts, causal, "full")[200:500])
    return out


def trace_of(rng, n, rate, decay, rise, noise):
    """Fluorescence about 100 with transients, a drifting baseline and noise."""
    d = np.exp(-1 / (decay * rate))
    r = np.exp(-1 / (rise * rate)) if rise > 0 else 0.0
    spikes = (rng.random(n) < 0.6 / rate) * rng.uniform(10, 40, n)
    c = scipy.signal.lfilter([1], [1, -(d + r), d * r], spikes)
    return 100 + 10 * np.sin(np.arange(n) / 150.0) + c + noise * rng.normal(size=n)


def make_baseline(rng):
    """scipy.ndimage, with its reflection at the ends; also windows longer than the trace."""
    out = {}
    for name, n, window, sigma in (("odd", 300, 61, 4.0), ("even", 300, 60, 10.0), ("short", 37, 90, 3.0)):
        f = trace_of(rng, n, 10.0, 0.8, 0.1, 2.0)
        smooth = scipy.ndimage.gaussian_filter1d(f, sigma, mode="reflect")
        least = scipy.ndimage.minimum_filter1d(smooth, window, mode="reflect")
        case = {
            "f": array(f),
            "window": window,
            "sigma": sigma,
            "maximin": array(scipy.ndimage.maximum_filter1d(least, window, mode="reflect")),
        }
        for percent in (0, 8, 50, 100):
            values = scipy.ndimage.percentile_filter(f, percent, size=window, mode="reflect")
            case[f"percentile_{percent}"] = array(values)
        out[name] = case
    return out


def make_noise(rng):
    out = {}
    for name, n in (("long", 900), ("one", 256), ("short", 150), ("odd", 77)):
        x = trace_of(rng, n, 30.0, 0.7, 0.0, 3.0)
        f, power = scipy.signal.welch(x, nperseg=min(256, n))
        power = power[(f > 0.25) & (f < 0.5)] / 2
        difference = np.diff(x)
        spread = np.median(np.abs(difference - np.median(difference)))
        out[name] = {
            "x": array(x),
            "psd_mean": np.sqrt(np.mean(power)),
            "psd_median": np.sqrt(np.median(power)),
            "psd_logmexp": np.sqrt(np.exp(np.mean(np.log(power)))),
            "difference": spread / (0.6744897501960817 * np.sqrt(2)),
            "level": np.median(np.abs(difference)) / np.sqrt(30.0),
        }
    return out


def robust_line(f, g):
    """Huber, then bisquare, each until the line rests, by numpy's least squares."""
    x = np.column_stack([np.ones_like(g), g])
    line = np.linalg.lstsq(x, f, rcond=None)[0]
    scale = 0.0
    for kind in ("huber", "bisquare"):
        for _ in range(500):
            residual = np.abs(f - x @ line)
            scale = np.median(residual) / 0.6744897501960817
            u = residual / scale
            if kind == "huber":
                weight = np.minimum(1, 1.345 / np.maximum(u, 1e-300))
            else:
                weight = np.where(u < 4.685, (1 - (u / 4.685) ** 2) ** 2, 0)
            root = np.sqrt(weight)
            new = np.linalg.lstsq(x * root[:, None], f * root, rcond=None)[0]
            done = np.all(np.abs(new - line) <= 1e-15 * np.abs(new))
            line = new
            if done:
                break
    return line, scale


def make_neuropil(rng):
    g = 80 + 5 * np.cumsum(rng.normal(size=400)) + rng.normal(size=400)
    f = 20 + 0.63 * g + trace_of(rng, 400, 30.0, 0.5, 0.0, 1.5) - 100
    line, scale = robust_line(f, g)
    return {"f": array(f), "g": array(g), "intercept": line[0], "slope": line[1], "scale": scale}


def response(n, g, decay):
    """Column t: the calcium that s_t makes; column 0 decays from the start by the slow root."""
    h = scipy.signal.lfilter([1], [1, -g[0], -g[1]], np.eye(1, n)[0])
    k = np.zeros((n, n))
    for t in range(n):
        k[t:, t] = h[: n - t]
    k[:, 0] = decay ** np.arange(n)
    return k


def deconvolve(y, g, decay, baseline, penalty):
    """min 1/2 |y - baseline - K s|^2 + penalty sum s over s >= 0, by Lawson and Hanson's method: the
    penalty is taken into y."""
    seen = ~np.isnan(y)
    k = response(len(y), g, decay)
    within = k[np.ix_(seen, seen)]
    wanted = y[seen] - baseline - penalty * np.linalg.solve(within.T, np.ones(seen.sum()))
    s = np.zeros(len(y))
    s[seen], _ = scipy.optimize.nnls(within, wanted, maxiter=50 * len(y))
    # Lawson and Hanson's rounding is taken out by one more solution on their set of spikes.
    active = np.flatnonzero(s)
    s[active] = np.linalg.lstsq(k[np.ix_(seen, active)], wanted, rcond=None)[0]
    c = k @ s
    return c, s, (y - baseline - c)[seen]


def with_baseline(y, g, decay, penalty):
    """Baseline at which the residuals sum to zero."""

    def total(b):
        return deconvolve(y, g, decay, b, penalty)[2].sum()

    low, high = np.nanmin(y), np.nanmax(y)
    while total(low) < 0:
        low -= high - np.nanmin(y)
    b = scipy.optimize.brentq(total, low, high, xtol=1e-15, rtol=1e-15)
    # The sum is straight near its root: two points give it without the search's rounding.
    step = 1e-5
    at, beyond = total(b - step), total(b + step)
    b = b - step + 2 * step * at / (at - beyond)
    return b


def make_oasis(rng):
    out = {}
    for name, n, decay, rise, missing in (
        ("first", 150, 0.6, 0.0, False),
        ("second", 150, 0.8, 0.12, False),
        ("first_missing", 120, 0.5, 0.0, True),
        ("second_missing", 120, 0.7, 0.2, True),
    ):
        rate = 20.0
        d = np.exp(-1 / (decay * rate))
        r = np.exp(-1 / (rise * rate)) if rise > 0 else 0.0
        g = (d + r, -d * r)
        s = (rng.random(n) < 0.05) * rng.uniform(0.5, 1.5, n)
        y = scipy.signal.lfilter([1], [1, -g[0], -g[1]], s) + 0.3 + 0.15 * rng.normal(size=n)
        y += 0.8 * d ** np.arange(n)
        if missing:
            y[rng.random(n) < 0.12] = np.nan
            y[:2] = y[60:64] = y[-1] = np.nan
            y[2] = 1.0
            first = 2
        else:
            first = 0
        part = y[first:]
        case = {"y": array(y), "rate": rate, "decay": decay, "rise": rise, "first": first}
        for label, penalty in (("none", 0.0), ("some", 0.4)):
            c, s, residual = deconvolve(part, g, d, 0.3, penalty)
            case[label] = {
                "penalty": penalty,
                "baseline": 0.3,
                "calcium": array(np.concatenate([np.zeros(first), c])),
                "spikes": array(np.concatenate([np.zeros(first), s])),
                "rss": float(residual @ residual),
            }
        b = with_baseline(part, g, d, 0.5)
        c, s, residual = deconvolve(part, g, d, b, 0.5)
        case["fitted"] = {"penalty": 0.5, "baseline": b, "rss": float(residual @ residual)}
        out[name] = case
    return out


def make_decay(rng):
    """CaImAn's estimate: toeplitz equations of the autocovariance, noise off the diagonal."""
    out = {}
    for name, decay, rise, order, noise in (("first", 0.6, 0, 1, 0.2), ("second", 0.8, 0.15, 2, 0.05)):
        y = trace_of(rng, 500, 20.0, decay, rise, 1.0)
        x = y - y.mean()
        lags = 5 + order
        cov = np.array([x[k:] @ x[: len(x) - k] for k in range(lags + 1)]) / len(x)
        a = np.array([[cov[abs(i - j)] for j in range(order)] for i in range(lags)])
        a -= noise**2 * np.eye(lags, order)
        g = np.linalg.lstsq(a, cov[1:], rcond=None)[0]
        out[name] = {"y": array(y), "order": order, "noise": noise, "g": array(g)}
        assert np.all(np.isreal(np.roots(np.concatenate([[1], -g]))))
        assert np.all(np.abs(np.roots(np.concatenate([[1], -g])) < 1))
    return out


def make_events(rng):
    x = trace_of(rng, 600, 20.0, 0.5, 0.05, 1.0) / 100 - 1
    x[200:203] = np.nan
    median = np.nanmedian(x)
    scale = 1.482602218505602 * np.nanmedian(np.abs(x - median))
    above = np.nan_to_num(x, nan=-np.inf) > median + 1.0 * scale
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
    rows = []
    for start, stop in edges.reshape(-1, 2):
        if x[start:stop].max() > median + 3.0 * scale and stop - start >= 4:
            peak = start + np.argmax(x[start:stop])
            rows.append([start / 20.0, stop / 20.0, x[peak], peak / 20.0])
    return {"x": array(x), "rate": 20.0, "min_duration": 0.2, "events": array(np.array(rows))}


def make():
    makers = {
        "trains": make_spike_trains,
        "smooth": make_smooth,
        "baseline": make_baseline,
        "noise": make_noise,
        "neuropil": make_neuropil,
        "oasis": make_oasis,
        "decay": make_decay,
        "events": make_events,
    }
    return {name: maker(np.random.default_rng(i + 1)) for i, (name, maker) in enumerate(makers.items())}


if __name__ == "__main__":
    main(make, "spikes.json")
