#!/usr/bin/env python3
"""Filter of 1-40 Hz, zero phase, one thread: this library against scipy's fftconvolve in one run.

    bench_filter.py BUILD_FOLDER [SECONDS]

Runs BUILD_FOLDER/tests/bench_filter (64 channels streaming, 2 channels in memory) and fftconvolve on
two channels of the same length with the same taps, and prints the ratio of times.
"""

import os
import subprocess
import sys
import time

import numpy as np
from scipy.signal import fftconvolve, firwin

RATE = 1000


def best_of(n, function):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    build = sys.argv[1]
    seconds = sys.argv[2] if len(sys.argv) > 2 else "3600"
    output = subprocess.run(
        [os.path.join(build, "tests", "bench_filter"), "64", seconds, str(RATE), "1"],
        check=True, capture_output=True, text=True,
    ).stdout
    print(output, end="")
    ours = dict(line.split() for line in output.splitlines() if line.count(" ") == 1 and "_" in line)
    taps = firwin(int(output.split()[0]), [0.5, 45.0], pass_zero=False, fs=RATE)
    x = np.random.default_rng(1).standard_normal((2, int(float(seconds) * RATE)))
    theirs = best_of(2, lambda: [fftconvolve(row, taps, mode="same") for row in x]) * 1e9 / x.size
    print(f"fftconvolve_ns_per_sample {theirs:.3f}")
    for name in ("memory", "streaming"):
        print(f"{name}: {theirs / float(ours[name + '_ns_per_sample']):.1f} times as fast")


main()
