#!/usr/bin/env python3
"""Trains schedules.vae on each device and compares every scheduled number with its definition.

    schedules.py --bin=build/dev/bin
"""
import argparse
import csv
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent
PER_EPOCH, EPOCHS = 4, 3


def expected(step):
    epoch = step // PER_EPOCH
    return {
        "a": -1 / 3,
        "b": [0, 1, 2, 3][step] if step < 4 else 4,
        "c": 0.5 + 1.5 * math.cos(math.pi * min(step, 5) / 5),
        "d": 2.0 ** (-4 * min(step, 6) / 6),
        "e": float(step >= 3),
        "f": [1, 0.5, 0][epoch],
        "g": float(epoch >= 1),
        # Adam moves by the rate where all gradients are equal; the loss shows the weight before the step.
        "loss": -sum([0.5, 0.375, 0.25][k] if k < 3 else 0.125 for k in range(step)),
    }


def train(bin, folder, device):
    log = folder / f"{device}.csv"
    subprocess.run([bin / "vae-run", "train", folder / "model.vaep", f"--data={folder / 'x.npy'}", "--batch=2", f"--epochs={EPOCHS}",
                    f"--log={log}", f"--device={device}"], check=True)
    with open(log) as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PER_EPOCH * EPOCHS, f"{len(rows)} steps"
    failures = 0
    for step, row in enumerate(rows):
        for name, value in expected(step).items():
            if not abs(float(row[name]) - value) <= 1e-6 * max(1, abs(value)):
                failures += 1
                print(f"{device} step {step}: {name} is {row[name]}, not {value}")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    bin = parser.parse_args().bin
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.save(folder / "x.npy", np.zeros((2 * PER_EPOCH, 1), np.float32))
        subprocess.run([bin / "vaec", HERE / "schedules.vae", "-o", folder / "model.vaep"], check=True)
        failures = sum(train(bin, folder, device) for device in ("cpu", "vulkan"))
        # A scheduled number is no input of training any more.
        given = subprocess.run([bin / "vae-run", "train", folder / "model.vaep", f"--data={folder / 'x.npy'}", "b=1"], capture_output=True, text=True)
    if given.returncode == 0 or "takes no 'b'" not in given.stderr:
        failures += 1
        print(f"b=1 gave {given.returncode}: {given.stderr}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
