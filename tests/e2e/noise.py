#!/usr/bin/env python3
"""Noise: the same bits on every instruction set, number of threads and device; and the right distribution.

    noise.py --bin=build/dev/bin [--count=16777216]
"""
import argparse
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent
MASK = np.uint64(0xFFFFFFFF)


def philox(seed, step, site, blocks, turn=0):
    """Philox4x32-10 of Random123 (Salmon et al., SC11) on counters (block, turn, step, site); an array [blocks, 4] of 32-bit words."""
    counter = [np.arange(blocks, dtype=np.uint64)] + [np.full(blocks, v, np.uint64) for v in (turn, step, site)]
    key = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    for _ in range(10):
        left, right = counter[0] * np.uint64(0xD2511F53), counter[2] * np.uint64(0xCD9E8D57)
        counter = [(right >> np.uint64(32)) ^ counter[1] ^ key[0], right & MASK, (left >> np.uint64(32)) ^ counter[3] ^ key[1], left & MASK]
        key = [(key[0] + np.uint64(0x9E3779B9)) & MASK, (key[1] + np.uint64(0xBB67AE85)) & MASK]
    return np.stack(counter, axis=1).astype(np.uint32)


def normal_cdf(values):
    return 0.5 * np.array([math.erfc(-v / math.sqrt(2)) for v in values])


class Test:
    def __init__(self, arguments, folder):
        self.bin, self.count, self.folder, self.failed, self.passed = pathlib.Path(arguments.bin).resolve(), arguments.count, folder, 0, 0
        self.package = folder / "noise.vaep"
        subprocess.run([self.bin / "vaec", HERE / "noise.vae", "--target=x86-64-v3,x86-64-v4,vulkan", "-o", self.package], check=True)

    def draw(self, entry, device, target=None, threads=2, seed=7, outputs=("result",), count=None):
        paths = [self.folder / f"{name}.npy" for name in outputs]
        words = [w for name, path in zip(outputs, paths) for w in ("-o", f"{name}={path}")]
        environment = dict(os.environ, VAE_VULKAN="validation", **({"VAE_CPU_TARGET": target} if target else {}))
        subprocess.run([self.bin / "vae-run", "run", self.package, entry, f"n={count or self.count}", f"--device={device}",
                        f"--threads={threads}", f"--seed={seed}", *words], check=True, env=environment)
        arrays = [np.load(path) for path in paths]
        return arrays if len(arrays) > 1 else arrays[0]

    def expect(self, what, holds):
        print(f"{'ok  ' if holds else 'FAIL'} {what}")
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)

    def same_bits(self, entry):
        reference = self.draw(entry, "cpu", "x86-64-v3", threads=1)
        runs = [("x86-64-v3, 2 threads", ("cpu", "x86-64-v3", 2)), ("Vulkan", ("vulkan", None, 2))]
        if "avx512bw" in pathlib.Path("/proc/cpuinfo").read_text():
            runs += [("x86-64-v4, 1 thread", ("cpu", "x86-64-v4", 1)), ("x86-64-v4, 2 threads", ("cpu", "x86-64-v4", 2))]
        for name, (device, target, threads) in runs:
            other = self.draw(entry, device, target, threads)
            different = int(np.sum(reference.view(np.uint32) != other.view(np.uint32)))
            self.expect(f"{entry}: {name} equals x86-64-v3, 1 thread, to the bit ({different} of {self.count} differ)", different == 0)
        return reference

    def uniform(self, values):
        n = len(values)
        words = philox(7, 0, 0, min(n, 1 << 20) // 4).reshape(-1)
        expected = (words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
        self.expect("uniform: the words of Random123's Philox4x32-10", np.array_equal(values[: len(expected)], expected))
        self.expect("uniform: mean", abs(values.mean(dtype=np.float64) - 0.5) < 5 / math.sqrt(12 * n))
        self.expect("uniform: on [0, 1)", values.min() >= 0 and values.max() < 1)
        ordered = np.sort(values.astype(np.float64))
        distance = max(np.max(np.arange(1, n + 1) / n - ordered), np.max(ordered - np.arange(n) / n))
        self.expect(f"uniform: Kolmogorov-Smirnov distance {distance * math.sqrt(n):.2f} / sqrt(n)", distance * math.sqrt(n) < 1.95)

    def normal(self, values):
        n, x = len(values), values.astype(np.float64)
        words = philox(7, 0, 0, 4096 // 4).reshape(-1)
        magnitude = (words & np.uint32(0x7FFFFFFF)).astype(np.float64)
        magnitude = np.where(magnitude >= 2**24, np.floor(magnitude / 128) * 128, magnitude) + 0.5
        sign = np.where(words >> np.uint32(31), -1.0, 1.0)
        # Phi(-|x|) has to give back the probability that the word stands for; sign from the top bit.
        back = normal_cdf(-np.abs(x[:4096])) / (magnitude * 2.0**-32)
        self.expect(f"normal: inverse of the normal distribution of each word (error {np.max(np.abs(back - 1)):.1e})", np.max(np.abs(back - 1)) < 4e-6)
        self.expect("normal: sign is the word's top bit", np.array_equal(np.sign(x[:4096]), sign))
        mean, variance = x.mean(), x.var()
        kurtosis = np.mean((x - mean) ** 4) / variance**2
        self.expect(f"normal: mean {mean:.2e}", abs(mean) < 5 / math.sqrt(n))
        self.expect(f"normal: variance {variance:.6f}", abs(variance - 1) < 5 * math.sqrt(2 / n))
        self.expect(f"normal: kurtosis {kurtosis:.5f}", abs(kurtosis - 3) < 5 * math.sqrt(24 / n))
        ordered = np.sort(x)[:: max(1, n // 100000)]
        rank = np.arange(0, n, max(1, n // 100000)) / n
        distance = np.max(np.abs(normal_cdf(ordered) - rank))
        self.expect(f"normal: Kolmogorov-Smirnov distance {distance * math.sqrt(n):.2f} / sqrt(n)", distance * math.sqrt(n) < 1.95)

    def independence(self):
        a, b = self.draw("pair", "cpu", outputs=("a", "b"), count=1 << 20)
        self.expect("two sites draw different numbers", abs(np.corrcoef(a, b)[0, 1]) < 5 / math.sqrt(len(a)))
        c = self.draw("gaussian", "cpu", seed=8, count=1 << 20)
        self.expect("two seeds draw different numbers", abs(np.corrcoef(a, c)[0, 1]) < 5 / math.sqrt(len(a)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--count", type=int, default=1 << 24)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        test = Test(arguments, pathlib.Path(folder))
        test.expect("oracle: zero counter and key", philox(0, 0, 0, 1)[0].tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
        test.uniform(test.same_bits("flat"))
        test.normal(test.same_bits("gaussian"))
        test.independence()
    print(f"{test.passed} passed, {test.failed} failed")
    sys.exit(bool(test.failed))


if __name__ == "__main__":
    main()
