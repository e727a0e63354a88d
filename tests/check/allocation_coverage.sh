#!/usr/bin/env bash
# Every exported function of the data and formats headers that returns a status stands in a test that
# lets its allocations fail: ALLOCATION_TEST or one of its kin in
# tests/support/fail_nth.h. Prints those that do not, by header.
set -euo pipefail
cd "$(dirname "$0")/../.."
headers=$(printf 'libanalysis/include/analysis/%s.h\n' \
    matrix table series spikes intervals recording observations record)
headers+=" $(ls formats/include/analysis/formats/*.h)"
tested=$(find tests -name '*.c' ! -path 'tests/support/*' -exec cat {} + | tr '\n' ' ' |
    { grep -oE '\b(TOLERANT_|CONSUMING_|NO_)?ALLOCATION_TEST\( *ana_[a-z0-9_]+ *,' || true; } |
    sed -E 's/.*\( *//; s/ *,//' | LC_ALL=C sort -u)
status=0
for header in $headers; do
    declared=$(tr '\n' ' ' <"$header" | grep -oE 'ANA_API[^;{]*' |
        { grep -oE '^[^(]*(\([0-9], [0-9]\))?[^(]*\bana_status +ana_[a-z0-9_]+ *\(' || true; } |
        grep -oE 'ana_[a-z0-9_]+ *\($' | tr -d ' (' | LC_ALL=C sort -u || true)
    missing=$(LC_ALL=C comm -23 <(printf '%s\n' "$declared") <(printf '%s\n' "$tested"))
    if [ -n "$missing" ]; then
        echo "$header: in no ALLOCATION_TEST:"
        # shellcheck disable=SC2086
        printf '    %s\n' $missing
        status=1
    fi
done
exit $status
