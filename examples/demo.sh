#!/usr/bin/env bash
# The whole journey on a fresh Debian 12: installs, builds, draws digits, compiles the VAE, trains it, samples on CPU and on Vulkan.
#   examples/demo.sh [FOLDER]      pictures go to FOLDER (out/ if left out)
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/install
cmake --preset release >/dev/null
cmake --build --preset release --target vaec vae-run draw-digits
out=${1:-out}
examples/mnist_vae/journey.sh build/release/bin "$out" 20000 5
cat <<END
loss:            $out/loss.png
walks:           $out/interpolation.png, $out/traversal.png
samples:         $out/samples-cpu.png, $out/samples-vulkan.png
reconstructions: $out/reconstructions.png (inputs above)
END
