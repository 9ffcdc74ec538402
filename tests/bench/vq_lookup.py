#!/usr/bin/env python3
"""Nearest codes of 1024 vectors among 8192 of width 256 (2 threads): vae-run against PyTorch eager and torch.compile, in turn in one run. Prints ratios
of time, and the memory that vae-run takes beside what goes in and out. Needs torch; not a test.

    python3 tests/bench/vq_lookup.py --bin=build/release/bin [--rounds=7] [--repeat=10] [--target=x86-64-v3]
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

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
import inputs  # noqa: E402

ROWS, CODES, WIDTH = 1024, 8192, 256
TEXT = f"""
model lookup(codes: int = {CODES}, width: int = {WIDTH}) {{
  codebook = parameter([codes, width])
  func nearest(z: f32[B, width]) -> i32[B] {{
    _, index, _ = z |> vector_quantize(codebook)
    return index
  }}
}}
"""


def nearest(z, codebook):
    return ((codebook * codebook).sum(1) - 2 * z @ codebook.T).argmin(1)


def torch_milliseconds(function, z, codebook, repeat):
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function(z, codebook)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


class Package:
    """The compiled model with its codebook and vectors."""

    def __init__(self, arguments, folder, z, codebook):
        self.bin, self.folder = arguments.bin.resolve(), folder
        (folder / "model.vae").write_text(TEXT)
        np.save(folder / "z.npy", z)
        inputs.save_safetensors(folder / "w.safetensors", {"codebook": codebook})
        target = [f"--target={arguments.target}"] if arguments.target else []
        self.tool("vaec", "model.vae", "-o", "model.vaep", *target)

    def tool(self, name, *words):
        return subprocess.run([self.bin / name, *words], check=True, capture_output=True, text=True, cwd=self.folder).stdout

    def codes(self):
        self.tool("vae-run", "run", "model.vaep", "nearest", "z=z.npy", "--weights=w.safetensors", "-o", "index.npy")
        return np.load(self.folder / "index.npy")

    def milliseconds(self, repeat):
        words = ["bench", "model.vaep", "nearest", "z=z.npy", "--weights=w.safetensors", f"--repeat={repeat}", "--threads=2", "--json"]
        return json.loads(self.tool("vae-run", *words))["median_ms"]

    def resident_bytes(self):
        """The most that a process holds which looks the codes up a few times."""
        # A process counts what its parent held when it began, so a small one starts it.
        script = "import os, sys; os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0); import resource as r; print(r.getrusage(r.RUSAGE_CHILDREN).ru_maxrss)"
        words = [self.bin / "vae-run", "bench", "model.vaep", "nearest", "z=z.npy", "--weights=w.safetensors", "--repeat=3", "--threads=2"]
        output = subprocess.run([sys.executable, "-I", "-S", "-c", script, *words], check=True, capture_output=True, text=True, cwd=self.folder).stdout
        return int(output.split()[-1]) * 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--target", default="", help="of vaec; this CPU if left out")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    random = np.random.RandomState(3)
    z, codebook = (random.standard_normal(shape).astype(np.float32) for shape in ((ROWS, WIDTH), (CODES, WIDTH)))
    functions = {"eager": nearest, "torch.compile": torch.compile(nearest)}
    operands = torch.tensor(z), torch.tensor(codebook)
    with tempfile.TemporaryDirectory() as name:
        package = Package(arguments, pathlib.Path(name), z, codebook)
        agree = np.mean(package.codes() == nearest(*operands).numpy())
        for function in functions.values():
            torch_milliseconds(function, *operands, 3)
        rounds = [[torch_milliseconds(function, *operands, arguments.repeat) for function in functions.values()] + [package.milliseconds(arguments.repeat)]
                  for _ in range(arguments.rounds)]
        beside = package.resident_bytes() - (z.nbytes + codebook.nbytes + 4 * ROWS)
    ours = statistics.median(times[-1] for times in rounds)
    print(f"{100 * agree:.2f} % of the codes agree; vaec {ours:.1f} ms, {beside / 1e6:.0f} MB resident beside its operands")
    for i, name in enumerate(functions):
        ratio = statistics.median(times[i] / times[-1] for times in rounds)
        print(f"PyTorch {torch.__version__} {name} {statistics.median(times[i] for times in rounds):.1f} ms: vaec is {ratio:.2f} times as fast (median of {arguments.rounds})")


if __name__ == "__main__":
    main()
