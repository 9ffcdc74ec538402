# The steps that journeys share. Sourced by <example>/journey.sh BIN FOLDER COUNT EPOCHS: tools in BIN, results into FOLDER, COUNT pictures
# drawn, EPOCHS of training. Whatever else is given goes to the training, `--threads=1` for example.
set -euo pipefail
bin=$1 out=$2 count=$3 epochs=$4
shift 4
options=("$@")
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
model=$(basename "$here")
source=$here/$model.vae package=$out/$model.vaep weights=$out/weights.safetensors
mkdir -p "$out"

# Pictures to train on and sixteen others.
draw_digits() {
  data=$out/digits.idx3.gz labels=$out/labels.idx1.gz test=$out/test.idx3
  "$bin/draw-digits" --count "$count" --seed 1 --images "$data" --labels "$labels"
  "$bin/draw-digits" --count 16 --seed 2 --images "$test"
}
draw_shapes() {
  data=$out/shapes.npy labels=$out/labels.npy test=$out/test.npy
  "$bin/draw-shapes" --count "$count" --seed 1 --images "$data" --labels "$labels"
  "$bin/draw-shapes" --count 16 --seed 2 --images "$test"
}

# codes of drawn digits, 7 x 7 of 64 kinds a picture, by a VQ-VAE that is trained for it; `draw_codes` turns such codes into a picture.
encode_digits() {
  draw_digits
  vqvae=$out/vqvae.vaep codes=$out/codes.npy
  "$bin/vaec" "$here/../vqvae/vqvae_ema.vae" -D colours=1 -D hidden=64 -D codes=64 -D width=32 -D reseed=1 -o "$vqvae"
  "$bin/vae-run" train "$vqvae" --data="$data" --epochs=2 --batch=32 --seed=7 --save="$out/vqvae.safetensors" "${options[@]}"
  "$bin/vae-run" run "$vqvae" encode x="$data" --weights="$out/vqvae.safetensors" -o "$codes"
}
draw_codes() { "$bin/vae-run" run "$vqvae" decode_codes index="$1" --weights="$out/vqvae.safetensors" -o "$2"; }

# columns FILE COUNT: labels for a square of pictures, COUNT columns with one label each
columns() {
  /usr/bin/python3 -c 'import sys, numpy; n = int(sys.argv[2]); numpy.save(sys.argv[1], numpy.tile(numpy.arange(n, dtype=numpy.int32), n))' "$1" "$2"
}

# compile [OPTIONS of vaec]
compile() { "$bin/vaec" "$source" "$@" -o "$package"; }

# train BATCH [OPTIONS of vae-run train]
train() {
  "$bin/vae-run" train "$package" --data="$data" --epochs="$epochs" --batch="$1" --seed=7 --save="$weights" --log="$out/log.csv" --plot="$out/loss.png" \
    "${@:2}" "${options[@]}"
}

# sample PICTURE ROWSxCOLUMNS [OPTIONS]: what the decoder makes of noise
sample() { "$bin/vae-run" sample "$package" --weights="$weights" --grid="$2" --seed=3 -o "$out/$1" "${@:3}"; }

# reconstruct: the sixteen other pictures above what comes back
reconstruct() {
  "$bin/vae-run" run "$package" reconstruct x="$test" --weights="$weights" --compare -o "$out/reconstructions.png" >/dev/null
  echo "pictures above, their reconstructions below: $out/reconstructions.png"
}
