#!/usr/bin/env python3
"""Running statistics after some steps of training, on each device, against the recurrence that defines them.

    buffers.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness
import inputs

BATCH, STEPS, MOMENTUM = 16, 5, 0.25


def expected(x):
    mean, variance = np.zeros(3), np.ones(3)
    for step in range(STEPS):
        batch = x[step * BATCH:(step + 1) * BATCH].astype(np.float64)
        mean += MOMENTUM * (batch.mean(0) - mean)
        variance += MOMENTUM * (batch.var(0, ddof=1) - variance)
    return {"norm.running_mean": mean, "norm.running_var": variance}


def test(tools, _):
    # One item is left for a batch of its own: it has no variance, so it moves nothing.
    x = np.random.RandomState(3).normal([1, -2, 30], [1, 3, 0.1], (BATCH * STEPS + 1, 3)).astype(np.float32)
    tools.compile(pathlib.Path(__file__).with_name("buffers.vae"))
    for tools.device in ("cpu", "vulkan"):
        said = tools.folder / "said"
        with open(said, "w") as errors:
            weights = inputs.load_safetensors(tools.train({"x": x}, f"--batch={BATCH}", "--epochs=1", "--no-shuffle", stderr=errors)[1])
        tools.expect(f"{tools.device} says which layer the last item moved nothing of", f"step {STEPS + 1}: batch_norm 'norm' has one value" in said.read_text())
        for name, value in expected(x).items():
            tools.expect(f"{tools.device} {name} {weights[name]} {value}", np.allclose(weights[name], value, rtol=1e-5, atol=1e-6))


if __name__ == "__main__":
    harness.main(__doc__, test)
