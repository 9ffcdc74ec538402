#!/usr/bin/env bash
# The whole journey on a fresh Debian 12: installs, builds, draws digits, compiles the VAE, trains it, samples on CPU and on Vulkan.
#   examples/demo.sh [FOLDER]      pictures go to FOLDER (out/ if left out)
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/install
cmake --preset release >/dev/null
cmake --build --preset release --target vaec vae-run draw-digits
examples/mnist_vae/journey.sh build/release/bin "${1:-out}" 20000 5
