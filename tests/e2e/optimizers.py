#!/usr/bin/env python3
"""Trains optimizers.vae by each of its optimisers on each device, and compares 20 steps with PyTorch's.

    optimizers.py --bin=build/dev/bin
"""
import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 2e-6  # relative to the largest loss


def train(bin, folder, device, loss):
    log = folder / f"{device}-{loss}.csv"
    subprocess.run([bin / "vae-run", "train", folder / "model.vaep", f"--loss={loss}", f"--data={folder / 'x.npy'}", "--no-shuffle", "--epochs=1",
                    f"--batch={inputs.TRAIN_BATCH}", f"--weights={folder / 'weights.safetensors'}", f"--log={log}", f"--device={device}"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(log) as file:
        return np.array([float(row["loss"]) for row in csv.DictReader(file)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    bin = parser.parse_args().bin
    reference = np.load(HERE / "references" / "optimizers.npz")
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.save(folder / "x.npy", inputs.points(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS))
        inputs.save_safetensors(folder / "weights.safetensors", inputs.weights("optimizers"))
        subprocess.run([bin / "vaec", HERE / "optimizers.vae", "-o", folder / "model.vaep"], check=True)
        for device in ("cpu", "vulkan"):
            for loss in sorted(reference):
                losses, expected = train(bin, folder, device, loss), reference[loss]
                error = np.max(np.abs(losses - expected)) / np.max(expected) if losses.shape == expected.shape else np.inf
                failures += not error <= TOLERANCE
                print(f"{'ok  ' if error <= TOLERANCE else 'FAIL'} {device} {loss}: relative error {error:.2e}, at most {TOLERANCE:.0e}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
