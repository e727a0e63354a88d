#!/usr/bin/env bash
# run.sh PAGES FOLDER: write the pages, then look at them in a browser.
set -euo pipefail
command -v node >/dev/null && command -v chromium >/dev/null || exit 77
here=$(cd "$(dirname "$0")" && pwd)
[ -d "$here/node_modules/playwright-core" ] || exit 77
rm -rf "$2"
mkdir -p "$2"
"$1" "$2"
exec node "$here/report_browser.mjs" "$2"
