#!/usr/bin/env python3
"""Trains optimizers.vae by each of its optimisers on each device, and compares 20 steps with PyTorch's.

    optimizers.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness
import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 2e-6  # relative to the largest loss


def test(tools, _):
    reference = np.load(HERE / "references" / "optimizers.npz")
    x, weights = inputs.points(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS), tools.folder / "weights.safetensors"
    inputs.save_safetensors(weights, inputs.weights("optimizers"))
    tools.compile(HERE / "optimizers.vae")
    for tools.device in ("cpu", "vulkan"):
        for loss in sorted(reference):
            columns, _ = tools.train({"x": x}, f"--loss={loss}", "--no-shuffle", "--epochs=1", f"--batch={inputs.TRAIN_BATCH}", f"--weights={weights}")
            tools.compare(loss, columns["loss"], reference[loss], TOLERANCE)


if __name__ == "__main__":
    harness.main(__doc__, test)
