#!/usr/bin/env bash
# allocations.sh BIN ALLOCATIONS STRIDE: every STRIDE-th allocation of a small mnist_vae's life fails once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1/vaec" "$(dirname "$0")/../../examples/mnist_vae/mnist_vae.vae" -D hidden=8 -D latent=2 --target=x86-64-v3 -o "$folder/small.vaep"
"$2" "$folder/small.vaep" "$folder" "$3"
