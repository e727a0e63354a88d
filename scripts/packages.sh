# shellcheck shell=bash disable=SC2034 # for the scripts that source this
# Sourced by scripts/demo and scripts/test: installs the Debian packages that are missing.

packages_build="build-essential cmake ninja-build pkg-config libhdf5-dev libfftw3-dev libgsl-dev
liblapacke-dev libopenblas-dev libjansson-dev zlib1g-dev libssl-dev libigraph-dev libsvm-dev"
packages_test="libcmocka-dev clang clang-format clang-tidy libclang-rt-14-dev libomp-14-dev cppcheck
pmccabe mandoc shellcheck chromium nodejs python3-numpy python3-scipy python3-h5py python3-mne"

# Install what is missing of the named packages: as root, by sudo, or say the line to run.
install_packages() {
    local missing=() package
    for package in "$@"; do
        # A tool that came another way (node from elsewhere, say) will do.
        [ "$package" = nodejs ] && command -v node >/dev/null && continue
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local -a as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root=(sudo)
        else
            echo "These packages are missing. Run this line, then start again:" >&2
            echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
            return 1
        fi
    fi
    echo "installing: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq >/dev/null || true
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
