#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, passes all tests. One closing line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/install
cmake --preset dev >/dev/null
cmake --build --preset dev
ctest --test-dir build/dev --output-on-failure --parallel 2 "$@"
