#!/usr/bin/env bash
# From text to pictures with tools already built: a VQ-VAE of drawn digits, a transformer over its codes, new digits of every label.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
draw_digits
vqvae=$out/vqvae.vaep
"$bin/vaec" "$here/../vqvae/vqvae_ema.vae" -D colours=1 -D hidden=64 -D codes=64 -D width=32 -D reseed=1 -o "$vqvae"
"$bin/vae-run" train "$vqvae" --data="$data" --epochs=2 --batch=32 --seed=7 --save="$out/vqvae.safetensors" "${options[@]}"
"$bin/vae-run" run "$vqvae" encode x="$data" --weights="$out/vqvae.safetensors" -o "$out/codes.npy"

compile -D codes=64 -D rows=7 -D columns=7 -D width=128 -D layers=4 -D heads=4 -D k=16
data=index=$out/codes.npy,label=$labels
train 32
# Ten columns, one a label.
/usr/bin/python3 -c 'import sys, numpy; numpy.save(sys.argv[1], numpy.tile(numpy.arange(10, dtype=numpy.int32), 10))' "$out/wanted.npy"
"$bin/vae-run" run "$package" sample label="$out/wanted.npy" --seed=3 --weights="$weights" -o "$out/samples.npy"
"$bin/vae-run" run "$vqvae" decode_codes index="$out/samples.npy" --weights="$out/vqvae.safetensors" -o "$out/samples.png"
