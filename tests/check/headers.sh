#!/usr/bin/env bash
# Each public header compiles alone, in C11 and in C++17, from what would be installed.
set -euo pipefail
includes="-Ilibanalysis/include -Iformats/include -Imodels/include"
for header in $(git ls-files '*/include/*.h'); do
    # shellcheck disable=SC2086
    gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $includes -x c - <<<"#include <${header#*/include/}>
int main(void) { return 0; }"
    # shellcheck disable=SC2086
    g++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only $includes -x c++ - <<<"#include <${header#*/include/}>
int main() { return 0; }"
done
