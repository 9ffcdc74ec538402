#!/usr/bin/env bash
# From text to pictures with tools already built: an autoencoder of coloured shapes, then noise that becomes its latents, by label.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      EPOCHS of the autoencoder, twice as many of the denoiser; see steps.sh
. "$(dirname "$0")/../steps.sh"
draw_shapes
vae=$out/vae.vaep
widths=[16,32,32]
"$bin/vaec" "$here/../autoencoder_kl/autoencoder_kl.vae" -D block_out_channels=$widths -D layers_per_block=1 -D norm_num_groups=8 -D scaling_factor=1 \
  -D mid_block_add_attention=false -D kl_weight=1e-5 -D learning_rate=1e-3 -o "$vae"
"$bin/vae-run" train "$vae" --data=x="$data" --epochs="$epochs" --batch=32 --seed=7 --save="$out/vae.safetensors" "${options[@]}"
# A denoiser wants latents of unit variance.
"$bin/vae-run" run "$vae" encode_latents x="$data" --weights="$out/vae.safetensors" --batch=100 -o "$out/latents.npy" >/dev/null
scale=$(/usr/bin/python3 -c 'import sys, numpy; print(1 / numpy.load(sys.argv[1]).std())' "$out/latents.npy")

compile -D classes=6 -D vae_widths=$widths -D scaling_factor="$scale" -D widths=[32,64] -D layers=1 -D learning_rate=2e-3 -D ema_decay=0.995
data=x=$data,label=$labels
epochs=$((2 * epochs))
train 32 --weights vae="$out/vae.safetensors" --save-average="$out/average.safetensors"
columns "$out/wanted.npy" 6
"$bin/vae-run" run "$package" sample label="$out/wanted.npy" steps=50 H=4 W=4 --seed=3 --weights="$out/average.safetensors" \
  --weights vae="$out/vae.safetensors" -o "$out/samples.png"
