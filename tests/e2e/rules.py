#!/usr/bin/env python3
"""A buffer that a rule moves, on each device, against the recurrence that defines it.

    rules.py --bin=build/dev/bin
"""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from inputs import load_safetensors

SOURCE = pathlib.Path(__file__).with_suffix(".vae")
STEPS, BATCH = 9, 8


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    tools = parser.parse_args().bin.resolve()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        package, data, log, z = (folder / name for name in ("m.vaep", "x.npy", "log.csv", "z.npy"))
        np.save(data, np.random.RandomState(4).normal(0, 2, (BATCH * STEPS, 4)).astype(np.float32))
        subprocess.run([tools / "vaec", SOURCE, "-o", package], check=True)

        def run(*words):
            subprocess.run([tools / "vae-run", *words], check=True, env=dict(os.environ, VAE_VULKAN="validation"), stdout=subprocess.DEVNULL)

        def expect(good, *what):
            nonlocal failed
            failed += not good
            print("ok  " if good else "FAIL", *what)

        for device in ("cpu", "vulkan"):
            train = ["train", package, f"--data={data}", f"--batch={BATCH}", "--epochs=1", "--no-shuffle", f"--device={device}"]
            whole, half, resumed = (folder / f"{name}.safetensors" for name in ("whole", "half", "resumed"))
            run(*train, f"--save={whole}", f"--log={log}")
            with open(log) as file:
                spreads = [float(row["spread"]) for row in csv.DictReader(file)]
            scale = 2.0
            for step, spread in enumerate(spreads):
                decay = 0.8 * min(step / 4, 1)
                scale = decay * scale + (1 - decay) * spread
            made = load_safetensors(whole)["scale"]
            expect(len(spreads) == STEPS and np.allclose(made, [scale], rtol=1e-6), device, "scale", made, scale)
            run(*train, f"--save={half}", "--steps=4")
            run(*train, f"--resume={half}", f"--save={resumed}")
            expect(resumed.read_bytes() == whole.read_bytes(), device, "a resume gives the same bytes")
            # Programs that users call read the buffer as it stands.
            run("run", package, "latent", f"x={data}", f"--weights={whole}", "-o", z, f"--device={device}")
            weights = load_safetensors(whole)
            expected = (np.load(data) @ weights["encode.weight"].T + weights["encode.bias"]) / scale
            expect(np.allclose(np.load(z), expected, rtol=1e-4, atol=1e-5), device, "latent is scaled")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
