#!/usr/bin/env python3
"""A buffer that a rule moves, on each device, against the recurrence that defines it.

    rules.py --bin=build/dev/bin
"""
import csv
import pathlib
import subprocess

import numpy as np

import harness
from inputs import load_safetensors

SOURCE = pathlib.Path(__file__).with_suffix(".vae")
STEPS, BATCH = 9, 8


def check_device(tools, data):
    folder, device, quiet = tools.folder, tools.device, {"stdout": subprocess.DEVNULL}
    log, z = folder / "log.csv", folder / "z.npy"
    train = ["vae-run", "train", tools.package, f"--data={data}", f"--batch={BATCH}", "--epochs=1", "--no-shuffle", f"--device={device}"]
    whole, half, resumed = (folder / f"{name}.safetensors" for name in ("whole", "half", "resumed"))
    tools.tool(*train, f"--save={whole}", f"--log={log}", **quiet)
    with open(log) as file:
        spreads = [float(row["spread"]) for row in csv.DictReader(file)]
    scale = 2.0
    for step, spread in enumerate(spreads):
        decay = 0.8 * min(step / 4, 1)
        scale = decay * scale + (1 - decay) * spread
    weights = load_safetensors(whole)
    tools.expect(f"{device} scale {weights['scale']} {scale}", len(spreads) == STEPS and np.allclose(weights["scale"], [scale], rtol=1e-6))
    tools.tool(*train, f"--save={half}", "--steps=4", **quiet)
    tools.tool(*train, f"--resume={half}", f"--save={resumed}", **quiet)
    tools.expect(f"{device} a resume gives the same bytes", resumed.read_bytes() == whole.read_bytes())
    # Programs that users call read the buffer as it stands.
    tools.tool("vae-run", "run", tools.package, "latent", f"x={data}", f"--weights={whole}", "-o", z, f"--device={device}", **quiet)
    expected = (np.load(data) @ weights["encode.weight"].T + weights["encode.bias"]) / scale
    tools.expect(f"{device} latent is scaled", np.allclose(np.load(z), expected, rtol=1e-4, atol=1e-5))


def test(tools, _):
    data = tools.array("x", np.random.RandomState(4).normal(0, 2, (BATCH * STEPS, 4)).astype(np.float32))
    tools.compile(SOURCE)
    for tools.device in ("cpu", "vulkan"):
        check_device(tools, data)


if __name__ == "__main__":
    harness.main(__doc__, test)
