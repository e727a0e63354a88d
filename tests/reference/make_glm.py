"""Linear models whose dispersion is fitted along, on the definition: the gradient of the penalised
log-likelihood in coefficients and log dispersion brought to zero by scipy."""

import numpy as np
from scipy import optimize, special

from reference_json import array, main

N = 240


def inputs():
    rng = np.random.default_rng(20261123)
    x = rng.standard_normal((N, 3))
    x[:, 2] = np.abs(x[:, 2]) + 0.3 * x[:, 0]
    eta = -0.3 + x @ np.array([0.6, -0.4, 0.35])
    mean = np.exp(eta)
    size = 1.4
    counts = rng.poisson(mean * rng.gamma(size, 1 / size, N)).astype(float)
    soft = np.logaddexp(0, eta)
    values = soft + 0.4 * rng.standard_normal(N)
    weights = rng.integers(0, 4, N).astype(float)
    return x, counts, values, weights


def log_likelihood(case, parameters, x, y):
    eta = parameters[0] + x @ parameters[1:4]
    d = np.exp(parameters[4])
    if case["family"] == "negative-binomial":
        m = np.exp(eta)
        return (special.gammaln(y + d) - special.gammaln(d) - special.gammaln(y + 1)
                + d * np.log(d / (d + m)) + y * np.log(m / (d + m)))
    m = np.logaddexp(0, eta) if case["link"] == "softplus" else eta
    return -0.5 * ((y - m) / d) ** 2 - np.log(d) - 0.5 * np.log(2 * np.pi)


def gradient(case, parameters, x, y, weights):
    eta = parameters[0] + x @ parameters[1:4]
    d = np.exp(parameters[4])
    if case["family"] == "negative-binomial":
        m = np.exp(eta)
        slope = y - (y + d) * m / (d + m)
        spread = d * (special.digamma(y + d) - special.digamma(d) - np.log1p(m / d)
                      + (m - y) / (d + m))
    else:
        soft = case["link"] == "softplus"
        m = np.logaddexp(0, eta) if soft else eta
        slope = (y - m) / d**2 * (special.expit(eta) if soft else 1.0)
        spread = ((y - m) / d) ** 2 - 1
    g = np.empty(5)
    g[0] = np.sum(weights * slope)
    g[1:4] = x.T @ (weights * slope) - case["ridge"] * parameters[1:4]
    g[4] = np.sum(weights * spread)
    return g


def solve(case, x, y, weights):
    def negative(p):
        value = np.sum(weights * log_likelihood(case, p, x, y))
        return -(value - 0.5 * case["ridge"] * np.sum(p[1:4] ** 2))

    start = optimize.minimize(negative, np.array([0.1, 0, 0, 0, 0.0]), method="BFGS").x
    found = optimize.root(lambda p: gradient(case, p, x, y, weights), start, tol=1e-14)
    assert np.abs(gradient(case, found.x, x, y, weights)).max() < 1e-9
    return found.x


def make():
    x, counts, values, weights = inputs()
    ones = np.ones(N)
    cases = {
        "size": ("negative-binomial", "exp", 0.0, counts, ones),
        "size_ridge": ("negative-binomial", "exp", 1.3, counts, ones),
        "size_weights": ("negative-binomial", "exp", 0.2, counts, weights),
        "deviation": ("gaussian", "identity", 0.0, values, ones),
        "deviation_ridge": ("gaussian", "identity", 5.0, values, weights),
        "deviation_softplus": ("gaussian", "softplus", 0.4, values, ones),
    }
    out = {"x": array(x), "cases": {}}
    for name, (family, link, ridge, y, w) in cases.items():
        case = {"family": family, "link": link, "ridge": ridge}
        p = solve(case, x, y, w)
        case.update(y=array(y), weights=array(w), coefficients=array(p[:4]),
                    dispersion=float(np.exp(p[4])),
                    log_likelihood=float(np.sum(w * log_likelihood(case, p, x, y))))
        out["cases"][name] = case
    return out


main(make, "glm.json")
