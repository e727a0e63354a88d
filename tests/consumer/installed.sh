#!/usr/bin/env bash
# installed.sh BUILD FOLDER: install BUILD into FOLDER and use it from there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder"
cmake --install "$build" --prefix "$folder/prefix" >"$folder/log"
library=$(dirname "$(find "$folder/prefix" -name 'libanalysis.so')")
export PKG_CONFIG_PATH=$library/pkgconfig LD_LIBRARY_PATH=$library
readelf -d "$library/libanalysis.so" | grep -q 'SONAME.*libanalysis\.so\.0' || {
    echo "the library has no versioned soname"
    exit 1
}
"$folder/prefix/bin/ana" --version

# shellcheck disable=SC2046
cc -std=c11 -Wall -Wextra -Werror "$here/consumer.c" $(pkg-config --cflags --libs analysis) -o "$folder/by_pkg_config_c"
# shellcheck disable=SC2046
c++ -std=c++17 -Wall -Wextra -Werror -x c++ "$here/consumer.c" $(pkg-config --cflags --libs analysis) -o "$folder/by_pkg_config_cpp"
cmake -S "$here/project" -B "$folder/project" -DCMAKE_PREFIX_PATH="$folder/prefix" >>"$folder/log"
cmake --build "$folder/project" >>"$folder/log"
for program in by_pkg_config_c by_pkg_config_cpp project/consumer_c project/consumer_cpp; do
    "$folder/$program" "$folder/$(basename $program).npy"
done
python3 - "$library/libanalysis.so" <<'P'
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.ana_version.restype = ctypes.c_char_p
assert library.ana_version().decode().count(".") == 2
P
