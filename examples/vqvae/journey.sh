#!/usr/bin/env bash
# From text to pictures with tools already built, by the variant whose codebook follows by moving averages.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
source=$here/vqvae_ema.vae
draw_shapes
compile -D reseed=1
train 32
reconstruct
