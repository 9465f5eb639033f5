#!/usr/bin/env bash
# The release build of the page: "serve" serves it on http://127.0.0.1:8080, otherwise it is left in dist/ and checked.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$CLEANSWEEP_ROOT"
scripts/setup.sh

if [ "${1:-}" = serve ]; then
  echo "Clean Sweep will be at http://127.0.0.1:8080 once it is built (Ctrl+C stops it)"
  exec trunk serve --release --offline --no-autoreload
fi
trunk build --release --offline
scripts/check-dist.sh
