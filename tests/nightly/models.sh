#!/usr/bin/env bash
# models.sh BUILD [MODEL...]: on Vulkan, gradients and 20 steps of every configuration of the models that have several, against the stored results. On a
# processor that plays the device this is an hour of compiling shaders.
set -euo pipefail
build=$(cd "${1:-build/dev}" && pwd)
shift || true
tests=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- vqgan code_transformer ddpm denoiser latent_diffusion autoencoder_kl autoencoder_kl_gan autoencoder_kl_decoder vq_model autoencoder_tiny
for model in "$@"; do
  echo "== $model"
  /usr/bin/python3 "$tests/e2e/check.py" --bin="$build/bin" --model="$model" --device=vulkan --all
done
