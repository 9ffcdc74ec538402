#!/usr/bin/env bash
# allocations.sh BUILD: every allocation of a small model's life fails once, in the library (all calls of its C API) and in the tools' processes.
set -euo pipefail
build=$(cd "${1:-build/dev}" && pwd)
tests=$(cd "$(dirname "$0")/.." && pwd)
"$tests/e2e/allocations.sh" "$build/bin" "$build/tests/e2e/allocations" 1
/usr/bin/python3 "$tests/e2e/limits.py" --bin="$build/bin" --malloc="$build/tests/e2e/libfailing_malloc.so" --density=100
