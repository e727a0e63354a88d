#!/usr/bin/env bash
# Who may know whom: folders include only what they may, and each outside library has one file.
set -euo pipefail
status=0
# forbid FOLDER PATTERN WHY: no file of FOLDER includes a header that matches.
forbid() {
    local found
    found=$(git ls-files "$1" | grep -E '\.[ch]$' | xargs -r grep -nE "#include +[<\"]$2" || true)
    [ -z "$found" ] || { printf '%s\n%s\n' "$3" "$found"; status=1; }
}
forbid libanalysis '(analysis/formats/|analysis/models/)' "libanalysis must not know formats or models:"
forbid formats 'analysis/models/' "formats must not know models:"
forbid models 'analysis/formats/' "models must not know formats:"
forbid cli '(hdf5|fftw3|gsl/|lapacke|cblas|jansson|zlib|openssl/|igraph/|libsvm/)' "the program uses the library only:"

# only HEADER FILES: the outside header is included by these files alone.
only() {
    local found
    found=$(git ls-files libanalysis formats models cli | grep -E '\.[ch]$' |
        xargs -r grep -lE "#include +[<\"]$1" | grep -vE "^($2)$" || true)
    [ -z "$found" ] || { printf '<%s> belongs to %s alone, but is included by:\n%s\n' "$1" "$2" "$found"; status=1; }
}
only 'fftw3' 'libanalysis/src/fft\.c'
only '(lapacke|cblas|openblas)' 'libanalysis/src/linalg[a-z_]*\.c'
only 'gsl/' 'libanalysis/src/(special|distributions)\.c'
only 'jansson' 'formats/src/json\.c'
only 'hdf5\.h' 'formats/src/hdf5_output\.h'
only 'hdf5_private\.h' 'formats/src/hdf5_[a-z]+\.c'
only 'zlib' 'formats/src/zip\.c'
only 'openssl/' 'formats/src/digest\.c'
only 'igraph/' 'models/src/community\.c'
only 'libsvm/' 'libanalysis/src/svm\.c'

# Inside libanalysis: base, maths, data, signal, each using only those before it.
base='status|run|options|version|export'
maths='matrix|random|distributions|linalg|optimise|special|stats|resampling|folds|agreement|assignment|svm'
data='table|series|spikes|intervals|recording|observations|record'
layer() {
    local found
    found=$(for module in $(echo "$1" | tr '|' ' '); do
        git ls-files "libanalysis/include/analysis/$module.h" "libanalysis/src/$module.c"
    done | xargs -r grep -nE "#include <analysis/($2)\.h>" || true)
    [ -z "$found" ] || { printf 'a layer uses a later one:\n%s\n' "$found"; status=1; }
}
signal=$(cd libanalysis/include/analysis && ls -- *.h | sed 's/\.h$//' | grep -vE "^($base|$maths|$data)$" | paste -sd'|' || true)
layer "$base" "$maths|$data|${signal:-none}"
layer "$maths" "$data|${signal:-none}"
layer "$data" "${signal:-none}"
exit $status
