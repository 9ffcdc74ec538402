#!/usr/bin/env bash
# The shared library is small (under 1,000,000 bytes stripped) and exports the functions of vae_runtime.h, no more and no fewer.
# usage: check_library.sh <libvae_runtime.so> <vae_runtime.h>
set -euo pipefail
library=$1 header=$2
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$library"
size=$(stat -c %s "$stripped")
echo "stripped: $size bytes"
[ "$size" -lt 1000000 ]
exported=$(nm -D --defined-only "$library" | awk '{print $3}' | sort)
declared=$(grep -o '^VAE_API .*' "$header" | grep -o '\bvae_[a-z_]*(' | tr -d '(' | sort -u)
diff <(echo "$declared") <(echo "$exported")
