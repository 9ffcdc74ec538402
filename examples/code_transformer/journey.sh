#!/usr/bin/env bash
# From text to pictures with tools already built: a VQ-VAE of drawn digits, a transformer over its codes, new digits of every label.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
encode_digits

compile -D codes=64 -D rows=7 -D columns=7 -D width=128 -D layers=4 -D heads=4 -D k=16
data=index=$codes,label=$labels
train 32
columns "$out/wanted.npy" 10
"$bin/vae-run" run "$package" sample label="$out/wanted.npy" --seed=3 --weights="$weights" -o "$out/samples.npy"
draw_codes "$out/samples.npy" "$out/samples.png"
