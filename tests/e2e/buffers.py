#!/usr/bin/env python3
"""Running statistics after some steps of training, on each device, against the recurrence that defines them.

    buffers.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness
import inputs

BATCH, STEPS, MOMENTUM = 16, 5, 0.25
LOSSES = {"size": [lambda x: x], "both": [lambda x: x, lambda x: x * x]}  # what each call of the layer is given


def expected(x, calls):
    mean, variance = np.zeros(3), np.ones(3)
    for step in range(STEPS):
        for call in calls:
            batch = call(x[step * BATCH:(step + 1) * BATCH].astype(np.float64))
            mean += MOMENTUM * (batch.mean(0) - mean)
            variance += MOMENTUM * (batch.var(0, ddof=1) - variance)
    return {"norm.running_mean": mean, "norm.running_var": variance}


def check(tools, x, loss, calls):
    said = tools.folder / "said"
    with open(said, "w") as errors:
        weights = inputs.load_safetensors(tools.train({"x": x}, f"--loss={loss}", f"--batch={BATCH}", "--epochs=1", "--no-shuffle", stderr=errors)[1])
    tools.expect(f"{tools.device} {loss} says which layer the last item moved nothing of", f"step {STEPS + 1}: batch_norm 'norm' has one value" in said.read_text())
    for name, value in expected(x, calls).items():
        tools.expect(f"{tools.device} {loss} {name} {weights[name]} {value}", np.allclose(weights[name], value, rtol=1e-5, atol=1e-6))


def test(tools, _):
    # One item is left for a batch of its own: it has no variance, so it moves nothing.
    x = np.random.RandomState(3).normal([1, -2, 30], [1, 3, 0.1], (BATCH * STEPS + 1, 3)).astype(np.float32)
    tools.compile(pathlib.Path(__file__).with_name("buffers.vae"))
    for tools.device in ("cpu", "vulkan"):
        for loss, calls in LOSSES.items():
            check(tools, x, loss, calls)


if __name__ == "__main__":
    harness.main(__doc__, test)
