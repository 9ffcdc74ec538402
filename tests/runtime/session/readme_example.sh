#!/usr/bin/env bash
# The embedding example of runtime/README.md compiles as C with all warnings, links with the shared library alone, and reports errors.
# usage: readme_example.sh <cc> <source folder> <libvae_runtime.so>
set -euo pipefail
cc=$1 source=$2 library=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' "$source/runtime/README.md" > "$folder/decode.c"
[ "$(wc -l < "$folder/decode.c")" -gt 20 ]
"$cc" -std=c11 -Wall -Wextra -Werror -I"$source" "$folder/decode.c" "$library" -Wl,-rpath,"$(dirname "$library")" -o "$folder/decode"
if "$folder/decode" "$folder/none.vaep" none 2> "$folder/errors"; then exit 1; fi
grep -q "^error: .*none.vaep" "$folder/errors"
