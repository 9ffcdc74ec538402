#!/usr/bin/env python3
"""Training on Vulkan gives the same bytes on every path that hardware may take, after a stop and a resume, and stays within each tensor.

    vulkan_paths.py --bin=build/dev/bin
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import inputs

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/mnist_vae/mnist_vae.vae"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    tools = parser.parse_args().bin.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        package, data = folder / "model.vaep", folder / "data.npy"
        subprocess.run([tools / "vaec", EXAMPLE, "--target=vulkan", "-o", package], check=True)
        np.save(data, inputs.images(150))  # two full batches and one of 22

        def tool(options, *words):
            subprocess.run([tools / "vae-run", *words, "--device=vulkan"], check=True, env=dict(os.environ, VAE_VULKAN=options))

        def train(save, options, *words):
            tool(options, "train", package, f"--data={data}", "--batch=64", f"--save={folder / save}", *words)
            return (folder / save).read_bytes()

        whole = train("whole", "validation", "--epochs=2", "--seed=9")
        checks = {
            "without validation": train("plain", "", "--epochs=2", "--seed=9") == whole,
            "a discrete device without push descriptors": train("discrete", "validation,staging,descriptor-sets", "--epochs=2", "--seed=9") == whole,
            "a buffer for each tensor": train("separate", "validation,separate-buffers", "--epochs=2", "--seed=9") == whole,
        }
        train("part", "validation", "--epochs=2", "--seed=9", "--steps=4")
        checks["stop after 4 steps and resume"] = train("resumed", "validation", "--epochs=2", f"--resume={folder / 'part'}") == whole
        # Validation inside shaders is slow, but one small batch shows an access beyond a tensor as well as many do.
        np.save(folder / "x.npy", inputs.images(3))
        tool("gpu-assisted,separate-buffers", "run", package, "elbo.gradient", f"x={folder / 'x.npy'}", f"--weights={folder / 'whole'}",
             "-o", f"loss={folder / 'loss.npy'}")
        checks["no access beyond a tensor"] = np.isfinite(np.load(folder / "loss.npy"))
        # Beyond any device: maxStorageBufferRange has 32 bits.
        huge = subprocess.run([tools / "vae-run", "run", package, "sample", "n=2000000000", "-o", folder / "huge.npy", f"--weights={folder / 'whole'}",
                               "--device=vulkan"], stderr=subprocess.PIPE, text=True)
        checks["an oversize tensor is named"] = (huge.returncode == 1 and not (folder / "huge.npy").exists()
                                                 and "sample (n = 2000000000): 'result' has 6272000000000 bytes; vulkan allows" in huge.stderr)
    for what, holds in checks.items():
        print("ok  " if holds else "FAIL", what)
    sys.exit(not all(checks.values()))


if __name__ == "__main__":
    main()
