#!/usr/bin/env python3
"""MNIST VAE training step (batch 64, Adam, 2 threads): vae-run against PyTorch eager, in turn in one run. Needs torch; not a test.

    python3 tests/bench/train_step.py --bin=build/release/bin [--rounds=5] [--steps=200]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
import inputs  # noqa: E402


class Vae(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for name, (rows, columns) in inputs.MODELS["mnist_vae"].items():
            setattr(self, name, torch.nn.Linear(columns, rows))

    def forward(self, x):
        h = F.relu(self.fc2(F.relu(self.fc1(x))))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
        y = torch.sigmoid(self.out(F.relu(self.fc4(F.relu(self.fc3(z))))))
        bce = F.binary_cross_entropy(y, x, reduction="sum")
        return (bce - 0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp())) / len(x)


def torch_milliseconds(model, optimizer, x, steps):
    start = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        model(x).backward()
        optimizer.step()
    return (time.perf_counter() - start) / steps * 1e3


def vaec_milliseconds(arguments, folder, package, steps):
    result = subprocess.run([arguments.bin / "vae-run", "bench", package, "elbo.train", f"x={folder / 'x.npy'}", f"--repeat={steps}",
                             "--threads=2", "--json"], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)["median_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    source = pathlib.Path(__file__).parents[2] / "examples/mnist_vae/mnist_vae.vae"
    x = inputs.images(64)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.save(folder / "x.npy", x)
        package = folder / "mnist.vaep"
        subprocess.run([arguments.bin / "vaec", source, "-o", package], check=True)
        model = Vae()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        batch = torch.tensor(x)
        torch_milliseconds(model, optimizer, batch, 20)
        pairs = [(torch_milliseconds(model, optimizer, batch, arguments.steps), vaec_milliseconds(arguments, folder, package, arguments.steps))
                 for _ in range(arguments.rounds)]
    theirs, ours = (statistics.median(side) for side in zip(*pairs))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"PyTorch {torch.__version__} eager {theirs:.2f} ms, vaec {ours:.2f} ms a step: {ratio:.2f} times as fast (median of {arguments.rounds})")


if __name__ == "__main__":
    main()
