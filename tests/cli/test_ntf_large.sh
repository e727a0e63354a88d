# shellcheck shell=bash
# An array of 72 MB: whole, as floats (half of it), and left in its file within 24 MB.
. "$(dirname "$0")/support.sh"

/usr/bin/python3 - <<'P' || exit 77
import h5py, numpy
random = numpy.random.default_rng(3)
factors = [random.random((n, 3)) for n in (60, 60, 2500)]
x = numpy.einsum("ir,jr,tr->ijt", *factors)
numpy.save("x.npy", x)
with h5py.File("x.h5", "w") as f:
    f.create_dataset("x", data=x, chunks=(7, 60, 500))
P

# peak STORAGE [OPTION]...: prints the program's largest memory in MiB, and its relative error.
peak() {
    python3 - "$ANA" "$@" <<'P'
import json, resource, subprocess, sys
ana, path, storage, *rest = sys.argv[1:]
done = subprocess.run([ana, "ntf", path, "--array", "--storage", storage, "--rank", "3",
                       "--restarts", "2", "--max-iterations", "4", "--allow-nonconverged",
                       "--no-hash", "--json", "-j", "2", *rest], stdout=subprocess.PIPE, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
      json.loads(done.stdout)["relative_error"])
P
}
read -r whole error < <(peak x.npy memory)
read -r floats float_error < <(peak x.npy float)
read -r parts part_error < <(peak x.npy file --max-memory 24M)
read -r chunks chunk_error < <(peak x.h5 file --max-memory 24M)
echo "whole $whole MiB, floats $floats MiB, in parts $parts MiB, of HDF5 $chunks MiB"
# What the sanitizers keep back is theirs: there memory says nothing.
measured=True
grep -q __asan_init "$ANA" && measured=False
python3 - <<P
assert not $measured or $floats < $whole - 30, "floats take half"
assert not $measured or ($parts < $whole - 45 and $chunks < $whole - 40), "in parts the array is never there"
assert abs($error - $part_error) < 1e-9 and abs($error - $chunk_error) < 1e-9
assert abs($error - $float_error) < 1e-5
P
expect 1 ntf x.npy --array --storage file --rank 3 --max-memory 1M
says err "memory"
