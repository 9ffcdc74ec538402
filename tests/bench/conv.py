#!/usr/bin/env python3
"""Convolutions on one thread: GFLOP/s of each kernel alone and its share of what this core's multiply-adds reach at all, measured in turn in the same
run by a loop in registers that clang compiles for it. Zeros beside the picture count as work, as they do in the literature. Each figure is the best
of all rounds: a neighbour on a shared machine takes up to half of a core away for seconds, and never gives anything. Not a test.

    python3 tests/bench/conv.py --bin=build/release/bin [--rounds=10] [--layer=TEXT] [--target=NAME] [--conv=direct] [--json]

Work is counted as sums of products, so that minimal filtering, which needs fewer, can pass what multiply-adds reach; --conv chooses as vaec's does.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

# name, channels in and out, height and width before and after, the call
LAYERS = [
    ("3x3 512 -> 512 @64", 512, 512, 64, 64, "conv2d(512, 3)"),
    ("3x3 256 -> 256 @64", 256, 256, 64, 64, "conv2d(256, 3)"),
    ("3x3 128 -> 128 @256", 128, 128, 256, 256, "conv2d(128, 3)"),
    ("3x3 128 -> 3 @256", 128, 3, 256, 256, "conv2d(3, 3)"),
    ("3x3 4 -> 256 @64", 4, 256, 64, 64, "conv2d(256, 3)"),
    ("1x1 256 -> 256 @64", 256, 256, 64, 64, "conv2d(256, 1)"),
    ("3x3 of twice enlarged, 512 -> 512 @64", 512, 512, 64, 128, "upsample_nearest(2) |> conv2d(512, 3)"),
    ("4x4 stride 2, 128 -> 128 @64", 128, 128, 64, 32, "conv2d(128, 4, stride = 2, padding = 1)"),
    ("4x4 transposed, stride 2, 128 -> 64 @32", 128, 64, 32, 64, "conv_transpose2d(64, 4, stride = 2, padding = 1)"),
]

# Twelve sums in registers, as in a tile of the micro kernel: enough to hide the latency of a multiply-add.
PEAK = """
#include <stdio.h>
#include <time.h>
typedef float lanes __attribute__((vector_size(WIDTH * 4)));
int main(void) {
  lanes sums[12] = {0}, a, b;
  for (int i = 0; i < WIDTH; ++i) a[i] = 0.5f, b[i] = 1.0f;
  struct timespec start, end;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  for (long round = 0; round < 4000000; ++round) {
    for (int i = 0; i < 12; ++i) sums[i] = sums[i] * a + b;
    __asm__ volatile("" : "+x"(a), "+x"(b));
  }
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  float rest = 0;
  for (int i = 0; i < 12; ++i) rest += sums[i][0];
  double seconds = (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) * 1e-9;
  printf("%f %f\\n", 4000000.0 * 12 * 2 * WIDTH / seconds * 1e-9, rest);
}
"""


class Bench:
    def __init__(self, arguments, folder):
        self.arguments, self.bin, self.folder = arguments, arguments.bin.resolve(), folder
        width = {"x86-64-v3": 8, "x86-64-v4": 16}[arguments.target]
        (folder / "peak.c").write_text(PEAK)
        self.run("clang-22", "-O2", "-march=native", "-ffp-contract=fast", f"-DWIDTH={width}", "peak.c", "-o", "peak")
        for number, (_, channels, outputs, size, after, call) in enumerate(arguments.layers):
            (folder / f"{number}.vae").write_text(f"""model layer() {{
  func apply(x: f32[B, {channels}, {size}, {size}]) -> f32[B, {outputs}, {after}, {after}] {{ return x |> {call} @layer }}
}}""")
            self.run(self.bin / "vaec", f"{number}.vae", "-o", f"{number}.vaep", f"--target={arguments.target}", f"--conv={arguments.conv}")

    def run(self, *words):
        return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, cwd=self.folder).stdout

    def peak(self):
        return float(self.run("./peak").split()[0])

    def layer(self, number):
        """GFLOP/s of the kernel that convolves."""
        text = self.run(self.bin / "vae-run", "bench", f"{number}.vaep", "apply", "B=1", "--threads=1", "--repeat=1", "--profile", "--json")
        return next(kernel["gflops"] for kernel in json.loads(text)["kernels"] if "convolve" in kernel["name"])


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--layer", default="", help="only layers whose name contains it")
    parser.add_argument("--target", default="x86-64-v4" if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text() else "x86-64-v3")
    parser.add_argument("--conv", default="any", help="any, direct or winograd")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.layers = [layer for layer in LAYERS if arguments.layer in layer[0]]
    return arguments


def main():
    arguments = parse()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        peak, rates = 0, [0] * len(arguments.layers)
        for _ in range(arguments.rounds):
            peak = max(peak, bench.peak())
            rates = [max(rate, bench.layer(number)) for number, rate in enumerate(rates)]
    rows = [{"layer": layer[0], "gflops": rate, "share": rate / peak} for layer, rate in zip(arguments.layers, rates)]
    if arguments.json:
        print(json.dumps({"peak_gflops": peak, "target": arguments.target, "layers": rows}))
        return
    print(f"multiply-adds in registers: {peak:.1f} GFLOP/s")
    for row in rows:
        print(f"{row['layer']:42} {row['gflops']:7.1f} GFLOP/s  {row['share']:4.0%}")


if __name__ == "__main__":
    main()
