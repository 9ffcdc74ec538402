#!/usr/bin/env bash
# From text to pictures with tools already built: a VQ-VAE, then the same net trained further, without and with its discriminator.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh; EPOCHS is for each of the three
. "$(dirname "$0")/../steps.sh"
draw_shapes
net=(-D widths=[16,32,64] -D groups=8 -D layers=1 -D latent=32 -D codes=256 -D width=4 -D spread=0.3 -D critic_width=32 -D critic_layers=2)
start=$out/start.safetensors

# The generator alone, with no weight on its adversarial term, is a VQ-VAE.
compile "${net[@]}" -D critic_weight=0 -D learning_rate=5e-4
weights=$start train 16 --loss=generator

compile "${net[@]}" -D critic_weight=0 -D learning_rate=2e-4
weights=$out/without.safetensors train 16 --loss=generator --weights="$start"
"$bin/vae-run" run "$package" reconstruct x="$test" --weights="$out/without.safetensors" -o "$out/without.npy" >/dev/null

compile "${net[@]}" -D critic_weight=0.2 -D critic_start=1 -D learning_rate=2e-4
train 16 --weights="$start"
"$bin/vae-run" run "$package" reconstruct x="$test" --weights="$weights" -o "$out/with.npy" >/dev/null

/usr/bin/python3 "$here/compare.py" "$test" "$out/without.npy" "$out/with.npy" "$out/comparison.png"
echo "originals, without and with the discriminator: $out/comparison.png"
