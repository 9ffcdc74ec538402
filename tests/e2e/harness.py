"""How the end-to-end tests compile, run, train and judge: one place."""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


class Harness:
    """The tools of a build, a folder that goes away, one package, and what was found so far.

    Messages of the validation layers, synchronisation included, are errors unless `vulkan` says otherwise.
    """

    def __init__(self, bin, folder, device="cpu"):
        self.bin, self.folder, self.device = pathlib.Path(bin).resolve(), pathlib.Path(folder), device
        self.package, self.passed, self.failed = self.folder / "model.vaep", 0, 0

    def tool(self, name, *words, vulkan="validation", **options):
        options = {"check": True, **options}
        return subprocess.run([str(self.bin / name), *map(str, words)], env=dict(os.environ, VAE_VULKAN=vulkan), **options)

    def compile(self, source, *words, package=None):
        package = package or self.package
        self.tool("vaec", source, "-o", package, *words)
        return package

    def array(self, name, values):
        path = self.folder / f"{name}.npy"
        np.save(path, values)
        return path

    def run(self, entry, arrays, outputs, *words, **options):
        """Runs an entry on arrays and sizes; returns its outputs by name."""
        given = [f"{name}={value if isinstance(value, int) else self.array(name, value)}" for name, value in arrays.items()]
        paths = {name: self.folder / f"output{i}.npy" for i, name in enumerate(outputs)}
        wanted = [word for name, path in paths.items() for word in ("-o", f"{name}={path}")]
        self.tool("vae-run", "run", self.package, entry, *given, *wanted, f"--device={self.device}", *words, **options)
        return {name: np.load(path) for name, path in paths.items()}

    def noise(self, *sites):
        """Words that feed these draws, one array a random site, in place of the seed's."""
        return [f"--noise={self.array(f'noise{i}', values)}" for i, values in enumerate(sites)]

    def train(self, data, *words, save="trained.safetensors", **options):
        """Trains on arrays by the names of the loss's inputs; returns the columns of the log, one row a step, and the checkpoint's path."""
        log, saved = self.folder / "log.csv", self.folder / save
        files = ",".join(f"{name}={self.array('train-' + name, values)}" for name, values in data.items())
        self.tool("vae-run", "train", self.package, f"--data={files}", f"--log={log}", f"--save={saved}", f"--device={self.device}", *words, **options)
        with open(log) as file:
            rows = list(csv.DictReader(file))
        return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}, saved

    def expect(self, what, holds):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print("ok  " if holds else "FAIL", what)

    def compare(self, what, value, expected, tolerance):
        """Values are close relative to the largest expected magnitude."""
        value, expected = np.asarray(value, np.float64), np.asarray(expected, np.float64)
        error = np.max(np.abs(value - expected)) / max(np.max(np.abs(expected)), 1e-30) if value.shape == expected.shape else np.inf
        self.expect(f"{self.device} {what}: relative error {error:.2e}, at most {tolerance:.0e}", error <= tolerance)


def main(description, test, **options):
    """Runs `test(harness, arguments)` in a folder of its own; the exit code says whether anything failed, or nothing was tested."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    for name, settings in options.items():
        parser.add_argument(f"--{name}", **settings)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(arguments.bin, folder, getattr(arguments, "device", "cpu"))
        test(harness, arguments)
    print(f"{harness.passed} passed, {harness.failed} failed")
    sys.exit(1 if harness.failed or not harness.passed else 0)
