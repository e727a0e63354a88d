#!/usr/bin/env python3
"""Reference values of the maths layer, by numpy, scipy and plain Python -> maths.json.

Run with Debian's /usr/bin/python3 (numpy 1.24, scipy 1.10, scikit-learn 1.2); --check compares
instead of writing, and ends with 77 where those packages are missing.
"""

import math
import sys

try:
    import numpy as np
    import scipy.linalg
    import scipy.optimize
    import sklearn.metrics
except ImportError as missing:
    print(missing)
    sys.exit(77)

from reference_json import array, main


def philox_block(counter, key):
    """Philox4x32-10 by the definition in Salmon et al. (2011), section 3.3."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


class Stream:
    """The stream (seed, purpose, item) as analysis/random.h describes it."""

    def __init__(self, seed, purpose, item):
        hashed = 0x811C9DC5
        for byte in purpose.encode():
            hashed = ((hashed ^ byte) * 0x01000193) & 0xFFFFFFFF
        self.key = [seed & 0xFFFFFFFF, seed >> 32]
        self.rest = [hashed, item & 0xFFFFFFFF, item >> 32]
        self.block, self.numbers = 0, []

    def u32(self):
        if not self.numbers:
            self.numbers = philox_block([self.block] + self.rest, self.key)
            self.block += 1
        return self.numbers.pop(0)

    def u64(self):
        low = self.u32()
        return low | self.u32() << 32

    def uniform(self):
        return (self.u64() >> 11) / 2.0**53

    def below(self, n):
        """Lemire (2019), algorithm 5, on 32 bits; masked rejection beyond."""
        if n < 2**32:
            while True:
                product = self.u32() * n
                if product % 2**32 >= 2**32 % n:
                    return product >> 32
        while True:
            value = self.u64() & ((1 << (n - 1).bit_length()) - 1)
            if value < n:
                return value

    def normals(self):
        while True:
            x, y = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = x * x + y * y
            if 0 < s < 1:
                scale = math.sqrt(-2 * math.log(s) / s)
                return [x * scale, y * scale]


def random_case(seed, purpose, item):
    stream = lambda: Stream(seed, purpose, item)
    words, uniforms, below, normals = stream(), stream(), stream(), stream()
    ranges = [1, 2, 3, 10, 1000, 3 * 2**30, 2**32 - 1, 2**32, 2**40 + 1, 2**62] * 4
    return {
        "seed_low": seed & 0xFFFFFFFF,
        "seed_high": seed >> 32,
        "purpose": purpose,
        "item": item,
        "u32": array([words.u32() for _ in range(11)]),
        "uniform": array([uniforms.uniform() for _ in range(9)]),
        "ranges": array(ranges),
        "below": array([below.below(n) for n in ranges]),
        "normal": array(sum((normals.normals() for _ in range(6)), [])),
    }


def make_random():
    return {
        "zero": random_case(0, "", 0),
        "start": random_case(7, "hmm.start", 3),
        "large": random_case(0xFEDCBA9876543210, "permutation", 2**40 + 17),
    }


def make_assignment():
    rng = np.random.default_rng(1)
    cases = {}
    for name, shape in {"square": (12, 12), "wide": (7, 40), "tall": (30, 9), "one": (1, 5)}.items():
        cost = rng.normal(size=shape) * 10.0 ** rng.integers(-2, 3, size=shape)
        rows, columns = scipy.optimize.linear_sum_assignment(cost)
        column = -np.ones(shape[0], dtype=int)
        column[rows] = columns
        cases[name] = {"cost": array(cost), "column": array(column), "total": cost[rows, columns].sum()}
    return cases


def make_agreement():
    rng = np.random.default_rng(2)
    cases = {}
    for name, (n, k_a, k_b, noise) in {
        "close": (200, 4, 4, 0.1),
        "far": (300, 5, 3, 0.9),
        "finer": (150, 3, 11, 0.3),
        "singletons": (40, 40, 6, 1.0),
    }.items():
        a = rng.integers(0, k_a, n)
        b = np.where(rng.random(n) < noise, rng.integers(0, k_b, n), (a * 7 + 1) % k_b)
        table = sklearn.metrics.cluster.contingency_matrix(a, b)
        rows, columns = scipy.optimize.linear_sum_assignment(-table)
        cases[name] = {
            "a": array(a),
            "b": array(b),
            "rand": sklearn.metrics.rand_score(a, b),
            "adjusted_rand": sklearn.metrics.adjusted_rand_score(a, b),
            "mutual_information": sklearn.metrics.mutual_info_score(a, b),
            "normalised_mutual_information": sklearn.metrics.normalized_mutual_info_score(a, b),
            "accuracy": table[rows, columns].sum() / n,
        }
    return cases


def spd(rng, n, condition):
    """A symmetric positive definite matrix with that condition number, eigenvalues log spaced."""
    q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    a = (q * np.geomspace(1.0, condition, n)) @ q.T
    return 0.5 * (a + a.T)


def settled(rows):
    """Rows turned so that their component of largest size is positive."""
    largest = np.abs(rows).argmax(axis=1)
    return rows * np.sign(rows[np.arange(len(rows)), largest])[:, None]


def make_linalg():
    rng = np.random.default_rng(3)
    symmetric = {}
    for name, n, condition in [("one", 1, 1.0), ("three", 3, 7.0), ("eight", 8, 1e4), ("thirty", 30, 50.0)]:
        a, b, x = spd(rng, n, condition), spd(rng, n, 5.0), rng.normal(size=(n, 2))
        values, vectors = np.linalg.eigh(a)
        indefinite = a - np.median(values) * np.eye(n)
        generalised, pairs = scipy.linalg.eigh(indefinite, b)
        symmetric[name] = {
            "a": array(a),
            "b": array(b),
            "x": array(x),
            "cholesky": array(np.linalg.cholesky(a)),
            "logdet": np.linalg.slogdet(a)[1],
            "solve": array(scipy.linalg.solve(a, x, assume_a="pos")),
            "inverse": array(np.linalg.inv(a)),
            "values": array(values),
            "vectors": array(settled(vectors.T)),
            "indefinite": array(indefinite),
            "generalised_values": array(generalised),
            "generalised_vectors": array(settled(pairs.T)),
            "logm": array(scipy.linalg.logm(a).real),
            "expm": array(scipy.linalg.expm(indefinite / condition)),
            "expm_of": array(indefinite / condition),
            "sqrtm": array(scipy.linalg.sqrtm(a).real),
            "invsqrtm": array(np.linalg.inv(scipy.linalg.sqrtm(a).real)),
            "powm": array(scipy.linalg.fractional_matrix_power(a, 0.3).real),
        }
    general = {}
    for name, n, m in [("square", 6, 6), ("tall", 11, 4), ("wide", 3, 9), ("column", 5, 1)]:
        a, b = rng.normal(size=(n, m)), rng.normal(size=(n, 3))
        if name == "tall":
            a[:, 2] = a[:, 0] - 2 * a[:, 1]  # of rank 3
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        signs = settled(vt)[:, 0] / vt[:, 0]
        q, upper = np.linalg.qr(a)
        diagonal = np.where(np.diag(upper) < 0, -1.0, 1.0)
        case = {
            "a": array(a),
            "b": array(b),
            "values": array(s),
            "least_squares": array(np.linalg.lstsq(a, b, rcond=None)[0]),
            "rank": np.linalg.matrix_rank(a),
            "product": array(a.T @ b),
            "gram": array(a.T @ a),
        }
        if name != "tall":  # else the last singular pair is noise
            case |= {
                "u": array(u * signs),
                "vt": array(vt * signs[:, None]),
                "q": array(q * diagonal),
                "r": array(upper * diagonal[:, None]),
            }
        if n == m:
            case["solve"] = array(np.linalg.solve(a, b))
            case["rcond"] = 1.0 / np.linalg.cond(a, 1)
        general[name] = case
    return {"symmetric": symmetric, "general": general}


def make():
    return {
        "linalg": make_linalg(),
        "random": make_random(),
        "assignment": make_assignment(),
        "agreement": make_agreement(),
    }


if __name__ == "__main__":
    main(make, "maths.json")
