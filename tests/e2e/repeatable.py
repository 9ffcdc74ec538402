#!/usr/bin/env python3
"""Packages and training are functions of their inputs: the same bytes at 1 and 2 threads, and after a stop and a resume.

    repeatable.py --bin=build/dev/bin
"""
import argparse
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
        package, data, packages = folder / "model.vaep", folder / "data.npy", []
        for jobs in (1, 2, 2):
            subprocess.run([tools / "vaec", EXAMPLE, f"--jobs={jobs}", "-o", folder / f"model{jobs}.vaep"], check=True)
            packages.append((folder / f"model{jobs}.vaep").read_bytes())
        package.write_bytes(packages[0])
        np.save(data, inputs.images(300))  # 4 full batches and one of 44

        def train(save, *words):
            subprocess.run([tools / "vae-run", "train", package, f"--data={data}", "--batch=64", f"--save={folder / save}", *words], check=True)
            return (folder / save).read_bytes()

        whole = train("whole", "--epochs=3", "--seed=9", "--threads=2")
        checks = {
            "packages compiled on 1 thread and twice on 2": len(set(packages)) == 1,
            "1 thread and 2 threads": train("one", "--epochs=3", "--seed=9", "--threads=1") == whole,
            "another seed differs": train("seed", "--epochs=3", "--seed=10") != whole,
        }
        train("part", "--epochs=3", "--seed=9", "--steps=8")  # stops in the middle of the second epoch
        checks["stop after 8 steps and resume"] = train("resumed", "--epochs=3", f"--resume={folder / 'part'}") == whole
    for what, holds in checks.items():
        print("ok  " if holds else "FAIL", what)
    sys.exit(not all(checks.values()))


if __name__ == "__main__":
    main()
