#!/usr/bin/env python3
"""A codebook's moving averages on each device, step by step, against Sonnet's VectorQuantizerEMA in NumPy's float64, but that codes
which nothing takes stay as they are; and what is reseeded.

    codebook_ema.py --bin=build/dev/bin
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from inputs import load_safetensors, save_safetensors

SOURCE = pathlib.Path(__file__).with_suffix(".vae")
STEPS, BATCH, CODES, WIDTH = 6, 7, 12, 3
DECAY, EPS = 0.8, 1e-3
NAMES = {"codebook": (CODES, WIDTH), "state/codebook_ema.counts.codebook": (CODES,), "state/codebook_ema.sums.codebook": (CODES, WIDTH)}


def taken_codes(codebook, vectors):
    return np.argmin(np.sum(codebook**2, 1) / 2 - vectors @ codebook.T, 1)


def follow(before, vectors, step, below):
    """The codebook, counts and sums after step `step`, from 1, and which codes are to be reseeded."""
    codebook, counts, sums = (np.asarray(value, np.float64) for value in before)
    chosen = np.eye(CODES)[taken_codes(codebook, vectors)]
    counts = counts - (1 - DECAY) * (counts - chosen.sum(0))
    sums = sums - (1 - DECAY) * (sums - chosen.T @ vectors)
    corrected = counts / (1 - DECAY**step)
    total = corrected.sum()
    smooth = (corrected + EPS) / (total + CODES * EPS) * total
    moved = np.where(chosen.any(0)[:, None], sums / (1 - DECAY**step) / smooth[:, None], codebook)
    return (moved, counts, sums), corrected < below


class Check:
    def __init__(self, tools, folder):
        self.tools, self.folder, self.failed = tools, folder, 0
        random = np.random.RandomState(5)
        self.data = random.normal(0, 1, (BATCH * STEPS, WIDTH, 5)).astype(np.float32)
        self.start = {"codebook": random.uniform(-1, 1, (CODES, WIDTH)).astype(np.float32), "gain": np.ones((WIDTH, 1), np.float32)}
        np.save(folder / "x.npy", self.data)
        save_safetensors(folder / "start.safetensors", self.start)

    def expect(self, good, *what):
        self.failed += not good
        print("ok  " if good else "FAIL", *what)

    def train(self, device, below, seed=0):
        """The states after each number of steps, those before the first included."""
        subprocess.run([self.tools / "vaec", SOURCE, "-D", f"reseed={below}", "-o", self.folder / "m.vaep"], check=True)
        states = [[self.start["codebook"], np.zeros(CODES), np.zeros((CODES, WIDTH))]]
        for steps in range(1, STEPS + 1):
            words = ["train", self.folder / "m.vaep", f"--data={self.folder / 'x.npy'}", f"--weights={self.folder / 'start.safetensors'}", f"--batch={BATCH}",
                     f"--steps={steps}", "--no-shuffle", f"--device={device}", f"--seed={seed}", f"--save={self.folder / 'out.safetensors'}"]
            subprocess.run([self.tools / "vae-run", *map(str, words)], check=True, env=dict(os.environ, VAE_VULKAN="validation"), stdout=subprocess.DEVNULL)
            saved = load_safetensors(self.folder / "out.safetensors")
            states.append([np.asarray(saved[name]).reshape(shape) for name, shape in NAMES.items()])
        return states

    def check_steps(self, device, below):
        states = self.train(device, below)
        for step in range(1, STEPS + 1):
            vectors = np.moveaxis(self.data[(step - 1) * BATCH : step * BATCH].astype(np.float64), 1, 2).reshape(-1, WIDTH)
            expected, dead = follow(states[step - 1], vectors, step, below)
            got = states[step]
            close = [np.allclose(value[~dead], wanted[~dead], rtol=1e-5, atol=1e-6) for value, wanted in zip(got, expected)]
            left = ~np.isin(np.arange(CODES), taken_codes(states[step - 1][0], vectors)) & ~dead
            self.expect(np.array_equal(got[0][left], states[step - 1][0][left]), device, f"step {step}: {left.sum()} codes that nothing took stay")
            self.expect(all(close), device, f"reseed below {below}, step {step}: codes, counts, sums", close)
            if below:
                self.check_reseeded(device, step, vectors, got, dead, below)
        return states

    def check_reseeded(self, device, step, vectors, got, dead, below):
        """Vectors of the batch to the bit, counted as the threshold."""
        codebook, counts, sums = (value[dead] for value in got)
        known = {tuple(row) for row in vectors.astype(np.float32)}
        seed = below * (1 - DECAY**step)
        good = all(tuple(row) in known for row in codebook) and np.allclose(counts, seed, rtol=1e-5) and np.allclose(sums, codebook * seed, rtol=1e-5)
        different = len(np.unique(codebook, axis=0))
        self.expect(good and (different > 1 or dead.sum() < 3), device, f"step {step} reseeds {dead.sum()} codes, {different} different")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    tools = parser.parse_args().bin.resolve()
    with tempfile.TemporaryDirectory() as name:
        check = Check(tools, pathlib.Path(name))
        reseeded = []
        for device in ("cpu", "vulkan"):
            check.check_steps(device, 0)
            reseeded.append(check.check_steps(device, 1.5))
        first, second = (states[1][0] for states in reseeded)
        check.expect(np.allclose(first, second, rtol=1e-5, atol=1e-6), "devices draw the same vectors")
        check.expect(not np.array_equal(check.train("cpu", 1.5, seed=1)[1][0], reseeded[0][1][0]), "another seed draws others")
    sys.exit(bool(check.failed))


if __name__ == "__main__":
    main()
