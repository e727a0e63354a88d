#!/usr/bin/env python3
"""Reference values of scikit_folds.h, classification_scores.h and score_comparison.h,
in scores.json.

Run with Debian's /usr/bin/python3 (numpy 1.24, scikit-learn 1.2); --check compares instead of
writing, and ends with 77 where those packages are missing.
"""

import itertools
import sys
import warnings

try:
    import numpy as np
    import scipy.stats
    import sklearn.metrics as metrics
    from sklearn.model_selection import KFold, LeaveOneGroupOut, StratifiedKFold
except ImportError as missing:
    print(missing)
    sys.exit(77)

from reference_json import array, main


def fold_of(splitter, n, *arguments):
    """The number of the fold each item is tested in."""
    out = np.empty(n, dtype=int)
    for number, (_, test) in enumerate(splitter.split(np.zeros(n), *arguments)):
        out[test] = number
    return array(out)


def folds():
    """Label lists of many sizes; the labels of a list first come in any order."""
    rng = np.random.RandomState(5)
    out = {}
    for case in range(36):
        n_classes, n_folds = 2 + case % 4, 2 + case % 6
        n = int(rng.randint(n_classes * n_folds, 64))
        labels = rng.randint(0, n_classes, n)
        labels[: n_folds] = labels[0]
        seed = int(rng.randint(0, 2**31 - 1)) if case > 1 else 42 * case
        groups = rng.randint(0, 4, n)
        out[f"case {case:02d}"] = {
            "n_folds": n_folds,
            "seed": seed,
            "labels": array(labels),
            "groups": array(groups),
            "stratified": fold_of(StratifiedKFold(n_folds, shuffle=True, random_state=seed), n, labels),
            "in_order": fold_of(StratifiedKFold(n_folds), n, labels),
            "plain": fold_of(KFold(n_folds, shuffle=True, random_state=seed), n),
            "plain_in_order": fold_of(KFold(n_folds), n),
            "groups_out": fold_of(LeaveOneGroupOut(), n, None, groups),
        }
    return out


def shared():
    """One RandomState through three lists, as MOABB's splitter shares it."""
    state = np.random.RandomState(42)
    rng = np.random.RandomState(6)
    out = {}
    for number in range(3):
        labels = rng.randint(0, 3, 40)
        out[f"list {number}"] = {
            "labels": array(labels),
            "stratified": fold_of(StratifiedKFold(5, shuffle=True, random_state=state), 40, labels),
        }
    return out


def numbers():
    state = np.random.RandomState(5489)
    words = state.randint(0, 2**32, 1400, dtype=np.uint64)
    order = np.arange(1000)
    np.random.RandomState(7).shuffle(order)
    return {"words": array(words[[0, 1, 2, 623, 624, 625, 1399]]), "shuffled": array(order)}


def scores():
    rng = np.random.RandomState(8)
    out = {}
    for case in range(16):
        n_classes, n = 2 + case % 4, 12 + 7 * case
        truth = np.concatenate([np.arange(n_classes), rng.randint(0, n_classes, n - n_classes)])
        values = rng.randint(0, 12, (n, n_classes)) / 7.0 + (truth[:, None] == np.arange(n_classes))
        predicted = values.argmax(axis=1)
        if n_classes == 2:
            area = metrics.roc_auc_score(truth, values[:, 1] - values[:, 0])
        else:
            area = np.mean([metrics.roc_auc_score(truth == c, values[:, c]) for c in range(n_classes)])
        false, true, _ = metrics.roc_curve(truth == 1, values[:, 1], drop_intermediate=False)
        largest = np.bincount(truth).max() / n
        out[f"case {case:02d}"] = {
            "n_classes": n_classes,
            "truth": array(truth),
            "values": array(values),
            "confusion": array(metrics.confusion_matrix(truth, predicted, labels=range(n_classes))),
            "accuracy": metrics.accuracy_score(truth, predicted),
            "balanced": metrics.balanced_accuracy_score(truth, predicted),
            "kappa": metrics.cohen_kappa_score(truth, predicted),
            "matthews": metrics.matthews_corrcoef(truth, predicted),
            "area": area,
            "roc_false": array(false),
            "roc_true": array(true),
            "bound": scipy.stats.binom.ppf(0.95, n, largest) / n,
        }
    return out


def tests():
    """Differences of few subjects, flipped all ways; tests combined by Stouffer's method."""
    rng = np.random.RandomState(9)
    out = {}
    for case in range(6):
        n = 3 + case
        a, b = np.round(rng.rand(n), 2) + 0.1, np.round(rng.rand(n), 2)
        flips = np.array(list(itertools.product((1, -1), repeat=n)))
        means = (flips * (a - b)).mean(axis=1)
        mean = (a - b).mean()
        greater = scipy.stats.permutation_test(
            (a, b), lambda x, y: (x - y).mean(), permutation_type="samples", alternative="greater"
        )
        out[f"case {case}"] = {
            "a": array(a),
            "b": array(b),
            "p": np.mean(np.abs(means) >= abs(mean) - 1e-12),
            "greater": greater.pvalue,
            "effect": mean / (a - b).std(ddof=1),
        }
    p, n = np.array([0.03, 0.4, 0.2, 0.7]), np.array([9, 12, 20, 54])
    z, combined = scipy.stats.combine_pvalues(p, "stouffer", weights=np.sqrt(n))
    out["stouffer"] = {"p": array(p), "n": array(n), "z": z, "combined": combined}
    return out


def make():
    warnings.simplefilter("ignore")
    return {"folds": folds(), "shared": shared(), "numbers": numbers(), "scores": scores(), "tests": tests()}


if __name__ == "__main__":
    main(make, "scores.json")
