#!/usr/bin/env bash
# Runs ctest with these words and closes with one plain line: how many passed and how many failed.
#   count.sh ctest WORDS...
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" | tee "$log"
status=${PIPESTATUS[0]}
read -r failed total <<<"$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log")"
echo "$((${total:-0} - ${failed:-0})) passed, $((${failed:-0})) failed"
[ "$status" -eq 0 ] && [ "${total:-0}" -gt 0 ]
