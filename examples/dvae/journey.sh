#!/usr/bin/env bash
# From text to pictures with tools already built.
#   journey.sh BIN FOLDER COUNT EPOCHS [OPTIONS of training]      see steps.sh
. "$(dirname "$0")/../steps.sh"
draw_shapes
compile -D codes=256 -D anneal=8000
train 16
reconstruct
