#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, passes all tests. The closing line counts them.
#   tests/run.sh [WORDS]      words for ctest: -L quick, -R e2e_
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/install
cmake --preset dev >/dev/null
cmake --build --preset dev
exec tests/count.sh ctest --test-dir build/dev --output-on-failure --parallel 2 "$@"
