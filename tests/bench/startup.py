#!/usr/bin/env python3
"""Times what a user waits for: compiling the MNIST VAE, and loading a package up to its first decode. Not a test.

    python3 tests/bench/startup.py --bin=build/release/bin [--rounds=5]
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
import inputs  # noqa: E402


def timed(*words):
    start = time.perf_counter()
    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return (time.perf_counter() - start) * 1e3, output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    source = pathlib.Path(__file__).parents[2] / "examples/mnist_vae/mnist_vae.vae"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        package, weights, z = folder / "mnist.vaep", folder / "w.safetensors", folder / "z.npy"
        for targets in ("this CPU and vulkan", "x86-64-v3,x86-64-v4,vulkan"):
            words = [] if " " in targets else [f"--target={targets}"]
            times = [timed(arguments.bin / "vaec", source, "-o", package, *words)[0] for _ in range(arguments.rounds)]
            print(f"vaec for {targets}: {statistics.median(times):.0f} ms (whole process)")
        inputs.save_safetensors(weights, inputs.weights("mnist_vae"))
        np.save(z, inputs.noise(1))
        times = [timed(arguments.bin / "vae-run", "run", package, "decode", f"z={z}", f"--weights={weights}", "-o", folder / "y.npy")[0]
                 for _ in range(arguments.rounds)]
        print(f"vae-run: load, weights, first decode, write: {statistics.median(times):.1f} ms (whole process)")


if __name__ == "__main__":
    main()
