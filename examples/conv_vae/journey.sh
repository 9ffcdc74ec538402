#!/usr/bin/env bash
# From text to pictures with tools already built.
#   journey.sh BIN FOLDER COUNT EPOCHS     tools in BIN, results into FOLDER, COUNT digits drawn, EPOCHS of training
set -euo pipefail
bin=$1 out=$2 count=$3 epochs=$4
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"

"$bin/draw-digits" --count "$count" --seed 1 --images "$out/digits.idx3.gz" --labels "$out/labels.idx1.gz"
"$bin/draw-digits" --count 16 --seed 2 --images "$out/test.idx3" --labels "$out/test-labels.idx1"
"$bin/vaec" "$here/conv_vae.vae" -o "$out/conv_vae.vaep"
"$bin/vae-run" train "$out/conv_vae.vaep" --data="$out/digits.idx3.gz" --epochs="$epochs" --batch=64 --seed=7 \
  --save="$out/weights.safetensors" --log="$out/log.csv"
"$bin/vae-run" sample "$out/conv_vae.vaep" --weights="$out/weights.safetensors" --grid=8x8 --seed=3 -o "$out/samples.png"
"$bin/vae-run" run "$out/conv_vae.vaep" reconstruct x="$out/test.idx3" --weights="$out/weights.safetensors" --compare \
  -o "$out/reconstructions.png"
echo "samples: $out/samples.png, reconstructions: $out/reconstructions.png (inputs above)"
