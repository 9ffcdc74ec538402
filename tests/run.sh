#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, passes all tests. The closing line counts them.
# Builds the preset `ci`: `dev`, but sources are compiled eight at a time, which from nothing costs half and after an edit more.
#   tests/run.sh [WORDS]      words for ctest: -L quick, -R e2e_
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/install
cmake --preset ci >/dev/null
cmake --build --preset ci
exec tests/count.sh ctest --test-dir build/ci --output-on-failure --parallel 2 "$@"
