#!/usr/bin/env python3
"""Compiles an example, runs it on a device, and compares with the stored PyTorch results.

    check.py --bin=build/dev/bin --model=mnist_vae --device=cpu [--only=infer|gradient|train]
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
FORWARD, TRAINED = 1e-5, 1e-4  # relative to the largest magnitude of each result
DEFINED = {"beta_vae": (f"-Dwarmup={inputs.WARMUP}",)}


class Check:
    def __init__(self, arguments, folder):
        self.bin, self.model, self.device = pathlib.Path(arguments.bin).resolve(), arguments.model, arguments.device
        self.folder, self.failures, self.compared = folder, 0, 0
        self.reference = np.load(HERE / "references" / f"{self.model}.npz")
        self.package, self.weights = folder / "model.vaep", folder / "weights.safetensors"
        inputs.save_safetensors(self.weights, inputs.weights(self.model))
        source = HERE.parent.parent / "examples" / self.model / f"{self.model}.vae"
        self.tool("vaec", source, "-o", self.package, *DEFINED.get(self.model, ()))

    def tool(self, name, *words):
        # Messages of the validation layers, synchronisation included, are errors.
        subprocess.run([str(self.bin / name), *map(str, words)], check=True, env=dict(os.environ, VAE_VULKAN="validation"))

    def run(self, entry, arrays, outputs, *words):
        """Runs an entry; returns its outputs by name."""
        given = []
        for name, value in arrays.items():
            np.save(self.folder / f"{name}.npy", value)
            given.append(f"{name}={self.folder / name}.npy")
        paths = {name: self.folder / f"output{i}.npy" for i, name in enumerate(outputs)}
        wanted = [word for name, path in paths.items() for word in ("-o", f"{name}={path}")]
        self.tool("vae-run", "run", self.package, entry, *given, *wanted, f"--weights={self.weights}", f"--device={self.device}", *words)
        return {name: np.load(path) for name, path in paths.items()}

    def noise(self, values):
        np.save(self.folder / "noise.npy", values)
        return f"--noise={self.folder / 'noise.npy'}"

    def compare(self, what, value, expected, tolerance):
        value, expected = np.asarray(value, np.float64), np.asarray(expected, np.float64)
        self.compared += 1
        same = value.shape == expected.shape
        error = np.max(np.abs(value - expected)) / max(np.max(np.abs(expected)), 1e-30) if same else np.inf
        if not error <= tolerance:
            self.failures += 1
        print(f"{'ok  ' if error <= tolerance else 'FAIL'} {self.device} {what}: relative error {error:.2e}, at most {tolerance:.0e}")

    def train(self, terms, *words):
        count = inputs.TRAIN_BATCH * inputs.TRAIN_STEPS
        np.save(self.folder / "data.npy", inputs.images(count))
        log = self.folder / "log.csv"
        self.tool("vae-run", "train", self.package, f"--data={self.folder / 'data.npy'}", f"--batch={inputs.TRAIN_BATCH}", "--epochs=1",
                  "--no-shuffle", f"--weights={self.weights}", f"--log={log}", f"--save={self.folder / 'trained.safetensors'}",
                  f"--device={self.device}", *words)
        with open(log) as file:
            rows = list(csv.DictReader(file))
        for i, term in enumerate(terms):
            self.compare(f"train {term}", [float(row[term]) for row in rows], self.reference["train"][:, i], TRAINED)

    def gradients(self, loss, arrays, *words):
        names = list(inputs.weights(self.model))
        result = self.run(f"{loss}.gradient", arrays, [f"gradient:{name}" for name in names], *words)
        for name in names:
            self.compare(f"gradient {name}", inputs.sample_of(result[f"gradient:{name}"]), self.reference[f"gradient/{name}"], TRAINED)


def mnist_vae(check, only):
    count = inputs.TRAIN_BATCH * inputs.TRAIN_STEPS
    x, eps = inputs.images(count), inputs.noise(count)
    for batch in inputs.BATCHES if only in (None, "infer") else ():
        result = check.run("encode", {"x": x[:batch]}, ["mu", "logvar"])
        for name in ("mu", "logvar"):
            check.compare(f"encode {name} B={batch}", result[name], check.reference[f"encode/{batch}/{name}"], FORWARD)
        result = check.run("decode", {"z": eps[:batch]}, ["result"])
        check.compare(f"decode B={batch}", result["result"], check.reference[f"decode/{batch}"], FORWARD)
        terms = check.run("elbo", {"x": x[:batch]}, ["loss", "bce", "kl"], check.noise(eps[:batch]))
        for i, name in enumerate(("loss", "bce", "kl")):
            check.compare(f"elbo {name} B={batch}", terms[name], check.reference[f"elbo/{batch}"][i], FORWARD)
    if only in (None, "gradient"):
        check.gradients("elbo", {"x": x[:64]}, check.noise(eps[:64]))
    if only in (None, "train"):
        check.train(("loss", "bce", "kl"), check.noise(eps))


def beta_vae(check, only):
    if only in (None, "train"):
        check.train(("loss", "bce", "kl", "beta"), check.noise(inputs.noise(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)))


def moment_vae(check, only):
    if only in (None, "train"):
        check.train(("loss", "bce", "centre", "spread"), check.noise(inputs.noise(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)))


def autoencoder(check, only):
    x = inputs.images(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)
    for batch in inputs.BATCHES if only in (None, "infer") else ():
        result = check.run("encode", {"x": x[:batch]}, ["result"])
        check.compare(f"encode B={batch}", result["result"], check.reference[f"encode/{batch}/z"], FORWARD)
        result = check.run("reconstruction", {"x": x[:batch]}, ["loss"])
        check.compare(f"loss B={batch}", result["loss"], check.reference[f"loss/{batch}"][0], FORWARD)
    if only in (None, "gradient"):
        check.gradients("reconstruction", {"x": x[:64]})
    if only in (None, "train"):
        check.train(("loss",))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--model", required=True, choices=("mnist_vae", "beta_vae", "moment_vae", "autoencoder"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", choices=("infer", "gradient", "train"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        check = Check(arguments, pathlib.Path(folder))
        globals()[arguments.model](check, arguments.only)
    print(f"{check.compared} compared, {check.failures} failed")
    sys.exit(1 if check.failures or not check.compared else 0)


if __name__ == "__main__":
    main()
