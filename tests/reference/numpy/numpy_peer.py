"""Reads with numpy what we wrote, or writes with numpy and scipy what we shall read.

numpy_peer.py read FOLDER    compares every array that FOLDER/wanted.tsv lists
numpy_peer.py write FOLDER   makes files, their values beside as raw doubles, and FOLDER/wanted.tsv

A line of wanted.tsv: location (file, or file:key), tab, file of the wanted doubles in C order, tab,
shape. Exit 0 when all agree, 1 when not, 77 when numpy or scipy is not on this machine."""
import os
import sys

try:
    import numpy as np
    import scipy.io
except ImportError:
    print("numpy or scipy is not on this machine")
    sys.exit(77)


def load(folder, location):
    """The array that numpy finds there; a pickled dictionary gives its "fs"."""
    name, _, key = location.partition(":")
    path = os.path.join(folder, name)
    if name.endswith("ops.npy"):
        return np.load(path, allow_pickle=True).item()["fs"]
    found = np.load(path, allow_pickle=False)
    return found[key] if key else found


def read(folder):
    """Number of arrays that differ."""
    n_faults = 0
    with open(os.path.join(folder, "wanted.tsv"), encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    for line in lines:
        location, raw, shape = line.split("\t")
        wanted = np.fromfile(os.path.join(folder, raw), dtype=float)
        wanted = wanted.reshape([int(n) for n in shape.split()])
        found = np.asarray(load(folder, location), dtype=float)
        agrees = found.shape == wanted.shape and np.array_equal(found, wanted, equal_nan=True)
        n_faults += not agrees
        print(f"{location}: {found.shape}", "agrees" if agrees else "differs")
    print(f"numpy {np.__version__}: {len(lines)} arrays, {n_faults} differ")
    return n_faults if lines else 1


def make_arrays():
    """Arrays of every type and order, from a fixed seed."""
    rng = np.random.default_rng(5)
    base = rng.standard_normal((3, 4, 5))
    arrays = {f"i{size}": (base * 50).astype(f"i{size}") for size in (1, 2, 4, 8)}
    arrays.update({f"u{size}": np.abs(base * 50).astype(f"u{size}") for size in (1, 2, 4, 8)})
    arrays.update({f"f{size}": base.astype(f"f{size}") for size in (2, 4, 8)})
    arrays["bool"] = base > 0
    arrays["big"] = base.astype(">f4")
    arrays["fortran"] = np.asfortranarray(base)
    arrays["vector"] = base[0, 0]
    arrays["empty"] = base[:, :0, 0]
    return arrays


def write(folder):
    """Files by numpy and scipy, and the list of what is in them."""
    arrays = make_arrays()
    lines = []

    def note(location, name, values):
        values = np.ascontiguousarray(values, dtype=float)
        values.tofile(os.path.join(folder, name + ".f64"))
        lines.append(f"{location}\t{name}.f64\t{' '.join(map(str, values.shape))}")

    for name, values in arrays.items():
        np.save(os.path.join(folder, name + ".npy"), values)
        note(name + ".npy", name, values)
    np.savez(os.path.join(folder, "plain.npz"), **arrays)
    np.savez_compressed(os.path.join(folder, "packed.npz"), **arrays)
    matlab = {f"m_{k}": v for k, v in arrays.items() if k not in ("f2", "big")}
    for file, options in (("v5", {}), ("v7", {"do_compression": True})):
        scipy.io.savemat(os.path.join(folder, file + ".mat"),
                         {**matlab, "s": {"field": arrays["f8"]}, "text": "words"}, **options)
    scipy.io.savemat(os.path.join(folder, "v4.mat"), {"two": arrays["f8"][0]}, format="4")
    for name, values in arrays.items():
        for archive in ("plain.npz", "packed.npz"):
            note(f"{archive}:{name}", name, values)
        if "m_" + name in matlab:
            for file in ("v5.mat", "v7.mat"):
                note(f"{file}:m_{name}", "m_" + name, np.atleast_2d(values))
    note("v5.mat:s.field", "f8", arrays["f8"])
    note("v4.mat:two", "two", arrays["f8"][0])
    with open(os.path.join(folder, "wanted.tsv"), "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(1 if {"read": read, "write": write}[sys.argv[1]](sys.argv[2]) else 0)
