#!/usr/bin/env bash
# Fails where the linter has something to say about a source of the product. Needs the build's compile commands and generated headers.
#   clang_tidy.sh SOURCE BUILD
set -o pipefail
cd "$1" && git ls-files 'frontend/*.cpp' 'ir/*.cpp' 'passes/*.cpp' 'backends/*.cpp' 'runtime/*.cpp' |
  xargs -P 2 -n 4 clang-tidy-22 -p "$2" --quiet 2>/dev/null
