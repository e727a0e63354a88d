#!/usr/bin/env bash
# Every C file is laid out as .clang-format says, every script passes shellcheck.
set -euo pipefail
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
git ls-files 'scripts/*' '*.sh' .ci/run | grep -v '/cmake/' | xargs shellcheck -x -S warning
