#!/usr/bin/env python3
"""Compiling takes time in proportion to the model; long models compile, and texts that ask for too much end in a located error.

Times are CPU seconds against those of a model a quarter as large: four times as much in proportion, sixteen times where something compares all with all.
The bound lies between, far from both.

    scale.py --bin=build/dev/bin
"""
import argparse
import pathlib
import re
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

    def refuses(self, title, text, words):
        """In a located error with these words, within 20 s of CPU and half a GiB, which no process before it took either."""
        code, seconds, messages = self.compile(text, "plan")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        right = code == 1 and words in messages and re.search(r"model\.vae:\d+:\d+: error:", messages) and seconds < 20 and peak < 512
        self.check(title, right, f"exit {code}, {seconds:.1f} s, {peak} MB, {messages[:200]}")

    def compiles(self, title, text, stage):
        code, _, messages = self.compile(text, stage)
        self.check(title, code == 0, f"exit {code} {messages[:200]}")


def repeated(count, op):
    return f"model m() {{ func f(x: f32[B]) {{ for i in 0..{count} {{ x = {op}(x) }}\n return x }} }}\n"


def calls(depth, body, last="relu(x)", kind="func", of="f32[B, 8]"):
    """A model of declarations that each hold `body` over the next one, called {0}."""
    made = "".join(f"{kind} A{i}(x: {of}) {{ {body.format(f'A{i + 1}')} }}\n" for i in range(depth))
    return made + f"{kind} A{depth}(x: {of}) {{ return {last} }}\n"


def model(members, before=""):
    return f"{before}model m() {{\n{members}}}\n"


TWICE = "return {0}({0}(x))"
WRITTEN_OUT = "the model comes to more than 262144 ops once its calls are written out [TooManyOps]"
BEYOND = [
    ("40 funcs that call the next twice", model(calls(40, TWICE)), "with `A0`, the model comes to more than 262144 ops once its calls are written out [TooManyOps]"),
    ("losses that add the next one twice", model(calls(40, "return {0}(x) + {0}(x)", "mean(x)", "loss")), WRITTEN_OUT),
    ("funcs that call the next 50 times", model(calls(6, "for i in 0..50 {{ x = {0}(x) }}\nreturn x")), WRITTEN_OUT),
    ("300 funcs over a long one", model(calls(300, "return {0}(x)", "A301(x)") + "func A301(x: f32[B, 8]) { for i in 0..20000 { x = relu(x) }\n return x }\n"),
     WRITTEN_OUT),
    ("40 blocks that call the next twice", model("func f(x: f32[B]) { return A0(x) }\n", calls(40, TWICE, kind="block", of="f32[B]")),
     "takes more than 262144 steps [TooManySteps]"),
    ("blocks that repeat the next", model("func f(x: f32[B]) { return A0(x) }\n", calls(40, "for i in 0..2 {{ x = {0}(x) }}\nreturn x", kind="block", of="f32[B]")),
     "takes more than 262144 steps [TooManySteps]"),
    ("30 funcs of a loop over the next", model(calls(30, "loop t in 0..2 carrying x {{ x = {0}(x) }}\nreturn x")),
     "has loops nested deeper than 8 once its calls are written out [LoopsOverCalls]"),
    ("a size beyond 32 bits", model("func f(x: f32[B, 8]) { return x |> linear(4294967296) }\n"), "has more elements than kernels count, which is 2147483647 [TensorTooLarge]"),
    ("a tensor beyond 32 bits", model("func f(x: f32[65536, 65536]) { return relu(x) }\n"), "has more elements than kernels count"),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    with tempfile.TemporaryDirectory() as name:
        suite = Suite(parser.parse_args().bin.resolve() / "vaec", pathlib.Path(name))
        for title, text, words in BEYOND:
            suite.refuses(title, text, words)
        for family in FAMILIES:
            for trained in (False, True):
                suite.grows(family, trained)
        suite.compiles("6000 ops in a row become kernels", repeated(6000, "tanh"), "kernels")
        suite.compiles("20000 ops in a row become groups", repeated(20000, "relu"), "fused")
        suite.compiles("4096 calls by doubling", model(calls(12, TWICE)), "plan")
    sys.exit(suite.failed > 0)


if __name__ == "__main__":
    main()
