#!/usr/bin/env bash
# Trains every example for a short time and collects the pictures.
#   gallery.sh BIN FOLDER [COUNT [EPOCHS [OPTIONS of training]]]      2000 pictures, 2 epochs; <example>-<picture>.png into FOLDER
set -euo pipefail
bin=$1 out=$2 count=${3:-2000} epochs=${4:-2}
here=$(cd "$(dirname "$0")" && pwd)
for journey in "$here"/*/journey.sh; do
  example=$(basename "$(dirname "$journey")")
  echo "== $example"
  "$journey" "$bin" "$out/$example" "$count" "$epochs" "${@:5}"
  for picture in "$out/$example"/*.png; do
    cp "$picture" "$out/$example-$(basename "$picture")"
  done
done
echo "pictures: $out/*.png"
