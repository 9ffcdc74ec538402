#!/usr/bin/env python3
"""Trains options.vae by each of its lines on each device: 20 steps, averaged weights, a resume, against PyTorch's clip_grad_norm_ and AveragedModel.

    options.py --bin=build/dev/bin
"""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5  # relative to the largest magnitude


class Check:
    def __init__(self, bin, folder):
        self.bin, self.folder, self.failures = bin, folder, 0
        self.package, self.weights = folder / "model.vaep", folder / "weights.safetensors"

    def tool(self, *words):
        return subprocess.run(list(map(str, words)), capture_output=True, text=True, env=dict(os.environ, VAE_VULKAN="validation"))

    def must(self, *words):
        result = self.tool(*words)
        if result.returncode:
            sys.exit(f"{' '.join(map(str, words))}:\n{result.stderr}")

    def train(self, device, loss, *words):
        self.must(self.bin / "vae-run", "train", self.package, f"--loss={loss}", f"--data={self.folder / 'x.npy'}", "--epochs=1",
                  f"--batch={inputs.TRAIN_BATCH}", f"--device={device}", *words)

    def compare(self, what, value, expected):
        value, expected = np.asarray(value, np.float64), np.asarray(expected, np.float64)
        error = np.max(np.abs(value - expected)) / np.max(np.abs(expected)) if value.shape == expected.shape else np.inf
        self.expect(error <= TOLERANCE, f"{what}: relative error {error:.2e}, at most {TOLERANCE:.0e}")

    def expect(self, good, what):
        self.failures += not good
        print("ok  " if good else "FAIL", what)


def losses_of(path):
    with open(path) as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def check_loss(check, device, loss, reference):
    log, whole, average = (check.folder / name for name in ("log.csv", "whole.safetensors", "average.safetensors"))
    averages = f"{loss}/predict" in reference
    save_average = [f"--save-average={average}"] if averages else []
    check.train(device, loss, "--no-shuffle", f"--weights={check.weights}", f"--log={log}", f"--save={whole}", *save_average)
    check.compare(f"{device} {loss} losses", losses_of(log), reference[f"{loss}/loss"])
    if not averages:
        return
    made = inputs.load_safetensors(average)
    check.expect(sorted(made) == sorted(inputs.weights("options")), f"{device} {loss} averages have the weights' names")
    for name in made:
        check.compare(f"{device} {loss} average of {name}", made[name], reference[f"{loss}/average/{name}"])
    np.save(check.folder / "first.npy", inputs.points(64))
    y = check.folder / "y.npy"
    check.must(check.bin / "vae-run", "run", check.package, "predict", f"x={check.folder / 'first.npy'}", f"--weights={average}", "-o", y, f"--device={device}")
    check.compare(f"{device} {loss} predict by the averages", np.load(y), reference[f"{loss}/predict"])
    # Stopped and resumed, the same bytes: the averages are part of the checkpoint.
    half, resumed, again = (check.folder / name for name in ("half.safetensors", "resumed.safetensors", "again.safetensors"))
    check.train(device, loss, "--no-shuffle", f"--weights={check.weights}", f"--save={half}", "--steps=8")
    check.train(device, loss, "--no-shuffle", f"--resume={half}", f"--save={resumed}", f"--save-average={again}")
    check.expect(resumed.read_bytes() == whole.read_bytes(), f"{device} {loss} resumes to the same checkpoint")
    check.expect(again.read_bytes() == average.read_bytes(), f"{device} {loss} resumes to the same averages")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    bin = parser.parse_args().bin
    reference = np.load(HERE / "references" / "options.npz")
    with tempfile.TemporaryDirectory() as name:
        check = Check(bin, pathlib.Path(name))
        np.save(check.folder / "x.npy", inputs.points(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS))
        inputs.save_safetensors(check.weights, inputs.weights("options"))
        check.must(bin / "vaec", HERE / "options.vae", "-o", check.package)
        for device in ("cpu", "vulkan"):
            for loss in sorted({key.split("/")[0] for key in reference}):
                check_loss(check, device, loss, reference)
        none = check.tool(bin / "vae-run", "train", check.package, "--loss=clipped", f"--data={check.folder / 'x.npy'}", f"--save-average={check.folder / 'n'}")
        check.expect(none.returncode and "has `ema(...)`" in none.stderr, "no averages without ema")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
