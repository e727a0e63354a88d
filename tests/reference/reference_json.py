"""How make_<name>.py scripts write their reference values.

    from reference_json import array, main

    def make():
        return {"case": {"x": array(x), "mean": float(x.mean())}}

    main(make, "name.json")

Without arguments the file beside the script is written. With --check the values are made anew and
held against the committed file to 1e-12 (relative to the largest of an array); status 1 if they
differ. Read from C by tests/support/reference_json.h.
"""

import json
import math
import os
import sys

import numpy as np


def _plain(value):
    """A number as JSON can hold it: integers as such, doubles with 17 digits, NaN and inf as text."""
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def array(values):
    """An array of any shape, flat and row-major, with its shape beside it."""
    values = np.asarray(values)
    return {"shape": list(values.shape), "values": [_plain(v) for v in values.ravel(order="C")]}


def _clean(tree):
    if isinstance(tree, dict):
        return {key: _clean(tree[key]) for key in sorted(tree)}
    if isinstance(tree, (list, tuple)):
        return [_clean(v) for v in tree]
    return tree if isinstance(tree, str) else _plain(tree)


def _number(value):
    return float(value) if not isinstance(value, str) or value in ("nan", "inf", "-inf") else None


def _differences(made, kept, path):
    if isinstance(made, dict) and isinstance(kept, dict) and made.keys() == kept.keys():
        for key in made:
            yield from _differences(made[key], kept[key], f"{path}/{key}")
        return
    if isinstance(made, list) and isinstance(kept, list) and len(made) == len(kept):
        pairs = [(_number(a), _number(b)) for a, b in zip(made, kept)]
        if all(a is not None and b is not None for a, b in pairs):
            scale = max([abs(b) for _, b in pairs if math.isfinite(b)], default=1.0)
            for i, (a, b) in enumerate(pairs):
                same = a == b or (math.isnan(a) and math.isnan(b))
                if not same and not abs(a - b) <= 1e-12 * scale:
                    yield f"{path}[{i}]: {a!r} made, {b!r} kept"
            return
    a, b = (_number(v) if isinstance(v, (int, float, str)) else None for v in (made, kept))
    if a is not None and b is not None:
        if not (a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-12 * abs(b)):
            yield f"{path}: {a!r} made, {b!r} kept"
    elif made != kept:
        yield f"{path}: made and kept are not of one form"


def _dump(tree, indent=0):
    """Objects one member a line, arrays on one line: a diff shows what changed."""
    if isinstance(tree, dict) and "values" not in tree:
        pad = " " * (indent + 1)
        members = [f"{pad}{json.dumps(k)}: {_dump(v, indent + 1)}" for k, v in tree.items()]
        return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"
    return json.dumps(tree, allow_nan=False)


def main(make, name):
    path = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), name)
    made = _clean(make())
    if "--check" not in sys.argv[1:]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(_dump(made) + "\n")
        return
    with open(path, encoding="utf-8") as file:
        differences = list(_differences(made, json.load(file), ""))
    for line in differences[:20]:
        print(line)
    print(f"{name}: {len(differences)} differences")
    sys.exit(1 if differences else 0)
