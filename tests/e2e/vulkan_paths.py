#!/usr/bin/env python3
"""Training on Vulkan gives the same bytes on every path that hardware may take, after a stop and a resume, and stays within each tensor.

    vulkan_paths.py --bin=build/dev/bin
"""
import subprocess

import numpy as np

import harness
import inputs


def test(tools, _):
    tools.compile(harness.EXAMPLES / "mnist_vae/mnist_vae.vae", "--target=vulkan")
    tools.device = "vulkan"
    data = {"x": inputs.images(150)}  # two full batches and one of 22

    def train(options, *words, save="trained"):
        return tools.train(data, "--batch=64", "--epochs=2", *words, save=save, vulkan=options)[1].read_bytes()

    whole = train("validation", "--seed=9", save="whole")
    tools.expect("without validation", train("", "--seed=9") == whole)
    tools.expect("a discrete device without push descriptors", train("validation,staging,descriptor-sets", "--seed=9") == whole)
    tools.expect("a buffer for each tensor", train("validation,separate-buffers", "--seed=9") == whole)
    train("validation", "--seed=9", "--steps=4", save="part")
    tools.expect("stop after 4 steps and resume", train("validation", f"--resume={tools.folder / 'part'}") == whole)

    weights = f"--weights={tools.folder / 'whole'}"
    # Validation inside shaders is slow, but one small batch shows an access beyond a tensor as well as many do.
    result = tools.run("elbo.gradient", {"x": inputs.images(3)}, ["loss"], weights, vulkan="gpu-assisted,separate-buffers")
    tools.expect("no access beyond a tensor", np.isfinite(result["loss"]))
    # Beyond any device: maxStorageBufferRange has 32 bits.
    output = tools.folder / "huge.npy"
    huge = tools.tool("vae-run", "run", tools.package, "sample", "n=2000000000", "-o", output, weights, "--device=vulkan", vulkan="", check=False,
                      stderr=subprocess.PIPE, text=True)
    tools.expect("an oversize tensor is named", huge.returncode == 1 and not output.exists()
                 and "sample (n = 2000000000): 'result' of " in huge.stderr and " has 6272000000000 bytes; vulkan allows" in huge.stderr
                 and "What fits: n = " in huge.stderr)


if __name__ == "__main__":
    harness.main(__doc__, test)
