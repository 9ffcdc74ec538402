#!/usr/bin/env bash
# From text to pictures with tools already built.
#   journey.sh BIN FOLDER COUNT EPOCHS     tools in BIN, results into FOLDER, COUNT digits drawn, EPOCHS of training
set -euo pipefail
bin=$1 out=$2 count=$3 epochs=$4
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"

"$bin/draw-digits" --count "$count" --seed 1 --images "$out/digits.idx3.gz" --labels "$out/labels.idx1.gz"
"$bin/draw-digits" --count 16 --seed 2 --images "$out/test.idx3" --labels "$out/test-labels.idx1"
"$bin/vaec" "$here/mnist_vae.vae" -o "$out/mnist_vae.vaep"
"$bin/vae-run" info "$out/mnist_vae.vaep" B=64
"$bin/vae-run" train "$out/mnist_vae.vaep" --data="$out/digits.idx3.gz" --epochs="$epochs" --batch=64 --seed=7 \
  --save="$out/weights.safetensors" --log="$out/log.csv" --plot="$out/loss.png"

for device in cpu vulkan; do
  "$bin/vae-run" sample "$out/mnist_vae.vaep" --weights="$out/weights.safetensors" --grid=16x16 --seed=3 --device=$device \
    -o "$out/samples-$device.png"
  "$bin/vae-run" run "$out/mnist_vae.vaep" sample n=256 --seed=3 --weights="$out/weights.safetensors" --device=$device \
    -o "$out/samples-$device.npy"
done
"$bin/vae-run" run "$out/mnist_vae.vaep" reconstruct x="$out/test.idx3" --weights="$out/weights.safetensors" --compare \
  -o "$out/reconstructions.png"
# Through the latent space: from one test picture to another, and from -3 to 3 along four of its dimensions.
"$bin/vae-run" sample "$out/mnist_vae.vaep" --weights="$out/weights.safetensors" --interpolate x="$out/test.idx3" --items=0,1 -o "$out/interpolation.png"
"$bin/vae-run" sample "$out/mnist_vae.vaep" --weights="$out/weights.safetensors" --traverse=0,1,2,3 x="$out/test.idx3" -o "$out/traversal.png"

echo "loss:            $out/loss.png"
echo "walks:           $out/interpolation.png, $out/traversal.png"
echo "samples:         $out/samples-cpu.png, $out/samples-vulkan.png"
echo "reconstructions: $out/reconstructions.png (inputs above)"
/usr/bin/python3 "$here/difference.py" "$out/samples-cpu.npy" "$out/samples-vulkan.npy"
