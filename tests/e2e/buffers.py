#!/usr/bin/env python3
"""Running statistics after some steps of training, on each device, against the recurrence that defines them.

    buffers.py --bin=build/dev/bin
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from inputs import load_safetensors

SOURCE = pathlib.Path(__file__).with_name("buffers.vae")
BATCH, STEPS, MOMENTUM = 16, 5, 0.25


def expected(x):
    mean, variance = np.zeros(3), np.ones(3)
    for step in range(STEPS):
        batch = x[step * BATCH:(step + 1) * BATCH].astype(np.float64)
        mean += MOMENTUM * (batch.mean(0) - mean)
        variance += MOMENTUM * (batch.var(0, ddof=1) - variance)
    return {"norm.running_mean": mean, "norm.running_var": variance}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    tools = parser.parse_args().bin.resolve()
    x = np.random.RandomState(3).normal([1, -2, 30], [1, 3, 0.1], (BATCH * STEPS, 3)).astype(np.float32)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        package, data, saved = (os.path.join(folder, name) for name in ("m.vaep", "x.npy", "m.safetensors"))
        np.save(data, x)
        subprocess.run([tools / "vaec", SOURCE, "-o", package], check=True)
        for device in ("cpu", "vulkan"):
            subprocess.run([tools / "vae-run", "train", package, "--data", f"x={data}", f"--device={device}", f"--batch={BATCH}", "--epochs=1", "--no-shuffle",
                            f"--save={saved}"], check=True, env=dict(os.environ, VAE_VULKAN="validation"))
            weights = load_safetensors(saved)
            for name, value in expected(x).items():
                good = np.allclose(weights[name], value, rtol=1e-5, atol=1e-6)
                failed += not good
                print("ok  " if good else "FAIL", device, name, weights[name], value)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
