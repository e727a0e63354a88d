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
    import scipy.special
    import scipy.stats
    import sklearn.covariance
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
    for name, n, condition in [("one", 1, 1.0), ("three", 3, 7.0), ("eight", 8, 300.0), ("thirty", 30, 50.0)]:
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


def variable_case(x, y, w):
    kept = ~np.isnan(x)
    both = ~np.isnan(x) & ~np.isnan(y)
    levels = np.array([0.0, 0.1, 0.25, 0.5, 0.777, 1.0])
    edges = np.quantile(x[kept], [0.0, 0.2, 0.5, 0.6, 0.9]) if kept.sum() > 2 else np.array([0.0, 1.0])
    edges = np.unique(edges) if len(np.unique(edges)) > 1 else edges[0] + np.array([0.0, 1.0])
    ranks = np.full(x.shape, np.nan)
    ranks[kept] = scipy.stats.rankdata(x[kept])
    # exact sums: the reference must not have the error it is to find
    mean = math.fsum(x[kept]) / kept.sum()
    square = math.fsum((v - mean) ** 2 for v in x[kept])
    return {
        "x": array(x),
        "y": array(y),
        "weights": array(w),
        "count": kept.sum(),
        "sum": math.fsum(x[kept]),
        "mean": mean,
        "variance_0": square / kept.sum(),
        "variance_1": square / (kept.sum() - 1) if kept.sum() > 1 else math.nan,
        "weighted_mean": math.fsum((x * w)[kept]) / math.fsum(w[kept]),
        "levels": array(levels),
        "quantiles": array(np.nanquantile(x, levels)),
        "median": np.nanmedian(x),
        "robust_scale": scipy.stats.median_abs_deviation(x, scale="normal", nan_policy="omit"),
        "ranks": array(ranks),
        "edges": array(edges),
        "histogram": array(np.histogram(x[kept], edges)[0]),
        "zscore": array(scipy.stats.zscore(x, ddof=1, nan_policy="omit")) if kept.sum() > 1 else array(x * np.nan),
        "pearson": scipy.stats.pearsonr(x[both], y[both])[0] if both.sum() > 1 else math.nan,
        "spearman": scipy.stats.spearmanr(x[both], y[both])[0] if both.sum() > 1 else math.nan,
        "kendall": scipy.stats.kendalltau(x[both], y[both])[0] if both.sum() > 1 else math.nan,
    }


def schaefer_strimmer(x):
    """Target D with standardised observations, as their section 2.4 puts it; no library has it here."""
    n, p = x.shape
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    w = z[:, :, None] * z[:, None, :]
    mean = w.mean(axis=0)
    r = n / (n - 1) * mean
    variance = n / (n - 1) ** 3 * ((w - mean) ** 2).sum(axis=0)
    off = ~np.eye(p, dtype=bool)
    intensity = min(1.0, max(0.0, variance[off].sum() / (r[off] ** 2).sum()))
    s = np.cov(x.T)
    return (1 - intensity) * s + intensity * np.diag(np.diag(s)), intensity


def killer(n):
    """Values on which a quickselect of the largest by the median of three takes off few at a cut.

    McIlroy (1999), "A killer adversary for quicksort": values are decided while they are compared.
    """
    undecided = n
    value = [undecided] * n
    state = {"next": 0, "candidate": -1}

    def less(a, b):
        if value[a] == value[b] == undecided:
            value[a if a == state["candidate"] else b] = state["next"]
            state["next"] += 1
        if value[a] == undecided:
            state["candidate"] = a
        elif value[b] == undecided:
            state["candidate"] = b
        return value[a] < value[b]

    order, first, last = list(range(n)), 0, n - 1
    while first < last:
        a, b, c = order[first], order[first + (last - first) // 2], order[last]
        low, high = (a, b) if less(a, b) else (b, a)
        pivot = low if less(c, low) else (high if less(high, c) else c)
        i, j = first, last
        while i <= j:
            while less(order[i], pivot):
                i += 1
            while less(pivot, order[j]):
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i, j = i + 1, j - 1
        if n - 1 <= j:
            last = j
        else:
            first = i
    return value


def make_stats():
    rng = np.random.default_rng(4)
    variables = {}
    for name, n in {"one": 1, "two": 2, "nine": 9, "odd": 61, "long": 601}.items():
        x = rng.normal(size=n)
        y = 0.5 * x + rng.normal(size=n)
        w = rng.gamma(1.0, size=n)
        variables[name] = variable_case(x, y, w)
        if name not in ("nine", "odd"):
            continue
        variables[name + "_ties"] = variable_case(np.round(2 * x), np.round(y), w)
        variables[name + "_missing"] = variable_case(
            np.where(rng.random(n) < 0.3, np.nan, x), np.where(rng.random(n) < 0.2, np.nan, y), w
        )
        variables[name + "_heavy"] = variable_case(rng.standard_cauchy(n) ** 3, y, w)
        variables[name + "_far"] = variable_case(1e7 + x, y - 1e5, w)
    matrices = {}
    for name, (n, p) in {"few": (6, 9), "many": (200, 5), "two": (2, 3), "one": (30, 1)}.items():
        x = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) + rng.normal(size=p)
        case = {"x": array(x), "covariance": array(np.cov(x.T, ddof=1).reshape(p, p))}
        if n > 2:
            case["correlation"] = array(np.corrcoef(x.T).reshape(p, p))
        for method, estimate in {
            "ledoit_wolf": sklearn.covariance.ledoit_wolf,
            "oas": sklearn.covariance.oas,
            "schaefer_strimmer": schaefer_strimmer,
        }.items():
            if p > 1 and n > 2:
                shrunk, intensity = estimate(x)
                case[method] = array(shrunk)
                case[method + "_intensity"] = intensity
        matrices[name] = case
    return {"variables": variables, "matrices": matrices, "killer": array(killer(300))}


def table(function, rows):
    """Arguments row by row, and the function's value for each."""
    rows = np.array([[float(v) for v in row] for row in rows])
    return {"arguments": array(rows), "results": array([float(function(*row)) for row in rows])}


def grid(*axes):
    return [tuple(v.item() for v in row) for row in np.array(np.meshgrid(*axes)).reshape(len(axes), -1).T]


def make_special():
    sp = scipy.special
    x = np.concatenate([np.geomspace(1e-8, 1e6, 15), [0.5, 1.0, 1.3, 1.7, 2.0, 2.5, 11.0]])
    shapes = [0.02, 0.5, 1.0, 3.7, 40.0, 900.0]
    gamma, beta = [], []
    for a in shapes:
        for q in (1e-12, 0.01, 0.4, 0.9, 0.9999):
            gamma.append((a, scipy.stats.gamma.ppf(q, a)))
            gamma.append((a, scipy.stats.gamma.isf(q, a)))
            for b in shapes:
                beta.append((a, b, scipy.stats.beta.ppf(q, a, b)))
    gamma = [row for row in gamma if row[1] > 1e-200]
    beta = [row for row in beta if 1e-200 < row[2] < 1.0]
    sums = np.random.default_rng(5).normal(size=(4, 6)) * 300
    distances = [(n, z / math.sqrt(n)) for n in (3, 20, 140) for z in (0.4, 0.7, 1.1, 1.6)]
    distances += [(n, z / math.sqrt(n)) for n in (20, 140, 3000) for z in (2.2, 3.0)]
    rough = [(n, z / math.sqrt(n)) for n in (141, 1000, 100000) for z in (0.4, 0.7, 1.1, 1.6)]
    return {
        "lgamma": table(sp.gammaln, [(v,) for v in x]),
        "digamma": table(sp.digamma, [(v,) for v in x]),
        "trigamma": table(lambda v: sp.polygamma(1, v), [(v,) for v in x]),
        "log_factorial": table(lambda n: sp.gammaln(n + 1), [(n,) for n in (0, 1, 5, 7, 8, 15, 16, 30, 170, 10**6)]),
        "log_choose": table(
            lambda n, k: math.log(math.comb(int(n), int(k))),
            [(1, 0), (5, 2), (52, 5), (1000, 500), (10**6, 3), (10**15, 2), (123456, 3000)],
        ),
        "log_beta": table(sp.betaln, grid([0.3, 1.0, 7.5, 200.0], [0.02, 1.0, 33.0])),
        "log_sum_exp": table(lambda *v: sp.logsumexp(v), sums),
        "log1p_exp": table(lambda v: np.logaddexp(0.0, v), [(v,) for v in (-800, -40, -3.3, 0, 0.7, 20, 36, 800)]),
        "gamma_p": table(sp.gammainc, gamma),
        "gamma_q": table(sp.gammaincc, gamma),
        "beta": table(sp.betainc, beta),
        "kolmogorov": table(sp.kolmogorov, [(v,) for v in (0.1, 0.3, 0.6, 0.99, 1.0, 1.36, 2.0, 5.0)]),
        "kolmogorov_smirnov": table(lambda n, d: scipy.stats.kstwo.sf(d, n), distances),
        "kolmogorov_smirnov_rough": table(lambda n, d: scipy.stats.kstwo.sf(d, n), rough),
    }


def make_distributions():
    stats = scipy.stats
    p = [1e-12, 1e-3, 0.03, 0.3, 0.5, 0.8, 0.975, 0.9999]
    wide = [0.4, 1.0, 3.0, 17.0, 400.0]
    cases = {}
    for name, law, parameters in [
        ("normal", stats.norm, [()]),
        ("gamma", stats.gamma, [(v,) for v in wide]),
        ("chi2", stats.chi2, [(v,) for v in wide]),
        ("t", stats.t, [(v,) for v in wide if v >= 1.0]),  # below, its quantiles have 9 digits
        ("beta", stats.beta, grid(wide, wide)),
        ("f", stats.f, grid(wide[1:], wide[1:])),  # below, its far tails are 0
    ]:
        rows = [(q, *row) for row in parameters for q in p]
        points = [(float(law.ppf(q, *row)), *row) for q, *row in rows]
        points = [row for row in points if abs(row[0]) > 1e-200]
        cases[name] = {
            "cdf": table(law.cdf, points),
            "survival": table(law.sf, points),
            "quantile": table(law.ppf, rows if name != "f" else [row for row in rows if row[0] > 1e-9]),
        }  # F quantiles of 1e-12 have 4 digits in scipy 1.10
    counts = [(k, m) for m in (0.1, 3.3, 47.0, 1e4) for k in (0, 1, 5, 50, 10000)]
    trials = [(k, n, q) for n in (1, 9, 60, 10**6) for q in (0.01, 0.5, 0.93) for k in (0, 1, 7, n - 1, n) if k <= n]
    cases["poisson"] = {"log_pmf": table(stats.poisson.logpmf, counts)}
    cases["binomial"] = {"log_pmf": table(stats.binom.logpmf, trials)}
    return cases


def make_optimise():
    """A logistic regression with a quadratic penalty, solved by Newton to the last digit."""
    rng = np.random.default_rng(6)
    x, penalty = rng.normal(size=(60, 4)), 0.7
    y = (rng.random(60) < 1 / (1 + np.exp(-x @ [1.0, -2.0, 0.5, 0.0]))).astype(float)

    def value(w):
        eta = x @ w
        return np.logaddexp(0.0, eta).sum() - y @ eta + 0.5 * penalty * w @ w

    def gradient(w):
        return x.T @ (1 / (1 + np.exp(-x @ w)) - y) + penalty * w

    start = scipy.optimize.minimize(value, np.zeros(4), jac=gradient, method="L-BFGS-B")
    root = scipy.optimize.root(gradient, start.x, tol=1e-14)
    return {"x": array(x), "y": array(y), "penalty": penalty, "weights": array(root.x), "value": value(root.x)}


def make_resampling():
    """Intervals by scipy's bootstrap, with the resamples it drew."""
    cases = {}
    for name, n, statistic in [("mean", 12, np.mean), ("variance", 25, np.var), ("median", 15, np.median)]:
        x = np.random.default_rng(7).gamma(1.5, size=n)
        case = {
            "estimate": statistic(x),
            "jackknife": array([statistic(np.delete(x, i)) for i in range(n)]),
        }
        for method in ("percentile", "BCa"):
            found = scipy.stats.bootstrap(
                (x,), statistic, n_resamples=300, method=method, confidence_level=0.9, random_state=1, vectorized=False
            )
            case["resampled"] = array(found.bootstrap_distribution)
            case["standard_error"] = found.standard_error
            case[method.lower()] = array(found.confidence_interval)
        cases[name] = case
    return cases


def make():
    return {
        "resampling": make_resampling(),
        "optimise": make_optimise(),
        "special": make_special(),
        "distributions": make_distributions(),
        "stats": make_stats(),
        "linalg": make_linalg(),
        "random": make_random(),
        "assignment": make_assignment(),
        "agreement": make_agreement(),
    }


if __name__ == "__main__":
    main(make, "maths.json")
