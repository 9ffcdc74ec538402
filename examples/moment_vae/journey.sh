#!/usr/bin/env bash
# From text to pictures with tools already built.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
draw_digits
compile
train 64
sample samples.png 8x8
reconstruct
