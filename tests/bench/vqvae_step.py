#!/usr/bin/env python3
"""Training step of a VQ-VAE (sizes of arXiv 1711.00937: 32 x 32 x 3, hidden 128, 512 codes of width 64; batch 32, Adam, 2 threads): vae-run against
PyTorch eager, in turn in one run, from the same weights. Needs torch; not a test.

    python3 tests/bench/vqvae_step.py --bin=build/release/bin [--rounds=5] [--steps=10] [--threads=2]
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
import inputs  # noqa: E402

TEXT = """
block ResidualBlock(x, inner: int) {
  return x + (x |> relu |> conv2d(inner, 3) @conv1 |> relu |> conv2d(channels(x), 1) @conv2)
}
model vqvae(hidden: int = 128, codes: int = 512, width: int = 64) {
  codebook = parameter([codes, width])
  func encode(x: f32[B, 3, 4 * H, 4 * W] in [-1, 1]) -> f32[B, width, H, W] {
    h = x |> conv2d(hidden / 2, 4, stride = 2, padding = 1) @conv1 |> relu
          |> conv2d(hidden, 4, stride = 2, padding = 1) @conv2 |> relu |> conv2d(hidden, 3) @conv3
    for i in 0..2 { h = h |> ResidualBlock(hidden / 4) @res[i] }
    return h |> relu |> conv2d(width, 1) @code
  } @encoder
  func decode(z: f32[B, width, H, W]) -> f32[B, 3, 4 * H, 4 * W] in [-1, 1] {
    h = z |> conv2d(hidden, 3) @conv1
    for i in 0..2 { h = h |> ResidualBlock(hidden / 4) @res[i] }
    return h |> relu |> conv_transpose2d(hidden / 2, 4, stride = 2, padding = 1) @up1 |> relu
             |> conv_transpose2d(3, 4, stride = 2, padding = 1) @up2
  } @decoder
  loss total(x: f32[B, 3, 4 * H, 4 * W] in [-1, 1]) {
    z, _, vq = encode(x) |> vector_quantize(codebook, beta = 0.25)
    return mse(decode(z), x) + vq
  }
  train { minimize total with adam(lr = 2e-4) }
}
"""


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, channels // 4, 3, padding=1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


class Encoder(nn.Module):
    def __init__(self, hidden, width):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, hidden // 2, 4, 2, 1), nn.Conv2d(hidden // 2, hidden, 4, 2, 1)
        self.conv3, self.code = nn.Conv2d(hidden, hidden, 3, padding=1), nn.Conv2d(hidden, width, 1)
        self.res = nn.Sequential(Residual(hidden), Residual(hidden))

    def forward(self, x):
        return self.code(F.relu(self.res(self.conv3(F.relu(self.conv2(F.relu(self.conv1(x))))))))


class Decoder(nn.Module):
    def __init__(self, hidden, width):
        super().__init__()
        self.conv1, self.res = nn.Conv2d(width, hidden, 3, padding=1), nn.Sequential(Residual(hidden), Residual(hidden))
        self.up1, self.up2 = nn.ConvTranspose2d(hidden, hidden // 2, 4, 2, 1), nn.ConvTranspose2d(hidden // 2, 3, 4, 2, 1)

    def forward(self, z):
        return self.up2(F.relu(self.up1(F.relu(self.res(self.conv1(z))))))


class VqVae(nn.Module):
    def __init__(self, hidden=128, codes=512, width=64):
        super().__init__()
        self.encoder, self.decoder = Encoder(hidden, width), Decoder(hidden, width)
        self.codebook = nn.Parameter(torch.randn(codes, width) / 10)

    def forward(self, x):
        z = self.encoder(x)
        rows = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        with torch.no_grad():
            index = (self.codebook.square().sum(1) - 2 * rows @ self.codebook.T).argmin(1)
        chosen = F.embedding(index, self.codebook).view(z.shape[0], *z.shape[2:], -1).permute(0, 3, 1, 2)
        vq = F.mse_loss(chosen, z.detach()) + 0.25 * F.mse_loss(z, chosen.detach())
        return F.mse_loss(self.decoder(z + (chosen - z).detach()), x) + vq


def torch_milliseconds(model, optimizer, x, steps):
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        model(x).backward()
        optimizer.step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


class Package:
    """The compiled model, its weights and pictures."""

    def __init__(self, arguments, folder, weights, x):
        self.bin, self.folder, self.threads = arguments.bin.resolve(), folder, arguments.threads
        (folder / "model.vae").write_text(TEXT)
        np.save(folder / "x.npy", x)
        inputs.save_safetensors(folder / "w.safetensors", weights)
        self.tool("vaec", folder / "model.vae", "-o", folder / "model.vaep")

    def tool(self, name, *words):
        return subprocess.run([self.bin / name, *words], check=True, capture_output=True, text=True, cwd=self.folder).stdout

    def loss(self):
        return float(re.search(r"loss = (\S+)", self.tool("vae-run", "run", "model.vaep", "total", "x=x.npy", "--weights=w.safetensors")).group(1))

    def milliseconds(self, steps):
        words = ["bench", "model.vaep", "total.train", "x=x.npy", "--weights=w.safetensors", f"--repeat={steps}", f"--threads={self.threads}", "--json"]
        return json.loads(self.tool("vae-run", *words))["median_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    x = np.random.RandomState(2).uniform(-1, 1, (32, 3, 32, 32)).astype(np.float32)
    model, batch = VqVae(), torch.tensor(x)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-4)
    with tempfile.TemporaryDirectory() as name:
        package = Package(arguments, pathlib.Path(name), {path: value.detach().numpy() for path, value in model.state_dict().items()}, x)
        expected, loss = model(batch).item(), package.loss()
        assert abs(loss - expected) < 1e-5 * expected, f"the losses differ: {loss} and {expected}"
        torch_milliseconds(model, optimizer, batch, 3)
        pairs = [(torch_milliseconds(model, optimizer, batch, arguments.steps), package.milliseconds(arguments.steps)) for _ in range(arguments.rounds)]
    theirs, ours = (statistics.median(side) for side in zip(*pairs))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"PyTorch {torch.__version__} eager {theirs:.1f} ms, vaec {ours:.1f} ms a step: {ratio:.2f} times as fast (median of {arguments.rounds})")


if __name__ == "__main__":
    main()
