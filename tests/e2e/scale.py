#!/usr/bin/env python3
"""Compiling takes time in proportion to the model, and long models compile.

Times are CPU seconds against those of a model a quarter as large: four times as much in proportion, sixteen times where something compares all with all.
The bound lies between, far from both.

    scale.py --bin=build/dev/bin
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile

from model_families import FAMILIES

QUARTER = {"linear": 40, "residual": 30, "chain": 250, "recurrent": 7}
MOST = 9


class Suite:
    def __init__(self, vaec, folder):
        self.vaec, self.source, self.failed = vaec, folder / "model.vae", 0

    def compile(self, text, stage):
        """Exit code (negative: a signal), CPU seconds, messages. A minute of CPU is the end."""
        self.source.write_text(text)
        limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # noqa: E731
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.vaec, self.source, f"--emit={stage}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              errors="replace", preexec_fn=limit)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done.returncode, after.ru_utime - before.ru_utime, done.stderr

    def check(self, title, right, shown):
        self.failed += not right
        print(f"{'ok' if right else 'FAILED'}  {title}: {shown}")

    def grows(self, family, trained):
        size = QUARTER[family]
        codes, times, _ = zip(*(self.compile(FAMILIES[family](n, trained), "plan") for n in (size, 4 * size)))
        self.check(f"{family}, {'trained' if trained else 'forward'}", codes == (0, 0) and times[1] < MOST * times[0],
                   f"exit {codes}, {times[0]:.2f} s, then {times[1]:.2f} s")

    def compiles(self, title, text, stage):
        code, _, messages = self.compile(text, stage)
        self.check(title, code == 0, f"exit {code} {messages[:200]}")


def repeated(count, op):
    return f"model m() {{ func f(x: f32[B]) {{ for i in 0..{count} {{ x = {op}(x) }}\n return x }} }}\n"


def doubling(depth):
    """Funcs that each call the next twice."""
    calls = "".join(f"func A{i}(x: f32[B, 8]) {{ return A{i + 1}(A{i + 1}(x)) }}\n" for i in range(depth))
    return calls + f"func A{depth}(x: f32[B, 8]) {{ return relu(x) }}\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    with tempfile.TemporaryDirectory() as name:
        suite = Suite(parser.parse_args().bin.resolve() / "vaec", pathlib.Path(name))
        for family in FAMILIES:
            for trained in (False, True):
                suite.grows(family, trained)
        suite.compiles("6000 ops in a row become kernels", repeated(6000, "tanh"), "kernels")
        suite.compiles("20000 ops in a row become groups", repeated(20000, "relu"), "fused")
        suite.compiles("1024 calls by doubling", f"model m() {{\n{doubling(10)}}}\n", "plan")
    sys.exit(suite.failed > 0)


if __name__ == "__main__":
    main()
