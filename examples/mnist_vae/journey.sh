#!/usr/bin/env bash
# From text to pictures with tools already built; samples on both devices, and walks through the latents.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
draw_digits
compile
"$bin/vae-run" info "$package" B=64
train 64
for device in cpu vulkan; do
  sample "samples-$device.png" 16x16 --device=$device
  "$bin/vae-run" run "$package" sample n=256 --seed=3 --weights="$weights" --device=$device -o "$out/samples-$device.npy"
done
reconstruct
# From one test picture to another, and from -3 to 3 along four dimensions of the latent space.
"$bin/vae-run" sample "$package" --weights="$weights" --interpolate x="$test" --items=0,1 -o "$out/interpolation.png"
"$bin/vae-run" sample "$package" --weights="$weights" --traverse=0,1,2,3 x="$test" -o "$out/traversal.png"
/usr/bin/python3 "$here/difference.py" "$out/samples-cpu.npy" "$out/samples-vulkan.npy"
