#!/usr/bin/env bash
# From text to pictures with tools already built: a VQ-VAE of drawn digits, a PixelCNN over its codes, new digits of every label.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
encode_digits

compile -D codes=64 -D width=48 -D layers=6
data=index=$codes,label=$labels
train 32
columns "$out/wanted.npy" 10
"$bin/vae-run" run "$package" sample label="$out/wanted.npy" H=7 W=7 --seed=3 --weights="$weights" -o "$out/samples.npy"
draw_codes "$out/samples.npy" "$out/samples.png"
