#!/usr/bin/env bash
# From text to pictures with tools already built: noise becomes digits, in all steps and in few.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
draw_digits
compile -D in_channels=1 -D out_channels=1 -D block_out_channels=[16,32,32] -D layers_per_block=1 -D norm_num_groups=8 \
  -D attended_down=[false,false,true] -D attended_up=[true,false,false] -D learning_rate=2e-3 -D ema_decay=0.995
train 32 --save-average="$out/average.safetensors"
draw() { "$bin/vae-run" run "$package" "$@" n=32 H=7 W=7 --seed=3 --weights="$out/average.safetensors"; }
draw sample -o "$out/samples.png"
draw sample_ddim steps=50 -o "$out/samples-ddim.png"
