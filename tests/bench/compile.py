#!/usr/bin/env python3
"""CPU seconds that compiling takes as models grow, stage by stage, and what each doubling costs. Not a test.

    python3 tests/bench/compile.py --bin=build/release/bin [--stages=vae,grad,fused,kernels,plan] [--limit=60]
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
from model_families import FAMILIES  # noqa: E402

SIZES = {"linear": (50, 100, 200, 400), "residual": (62, 125, 250, 500), "chain": (250, 500, 1000, 2000, 4000), "recurrent": (7, 14, 28, 56)}


def cpu_seconds(words, limit):
    """Of a process; none where it takes more than the limit."""
    bound = lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))  # noqa: E731
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = subprocess.run(words, stdout=subprocess.DEVNULL, preexec_fn=bound).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime if code == 0 else None


def curve(times):
    """The times, each but the first with its ratio to the one before."""
    words = []
    for before, now in zip([None, *times], times):
        ratio = f" (x{now / before:.1f})" if before and now else ""
        words.append((f"{now:.2f}" if now is not None else "-") + ratio)
    return "  ".join(f"{word:>13}" for word in words)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--stages", default="vae,grad,fused,kernels,plan")
    parser.add_argument("--limit", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source = pathlib.Path(name) / "model.vae"
        for family, sizes in SIZES.items():
            for trained in (False, True):
                print(f"{family}, {'trained' if trained else 'forward'}: {', '.join(map(str, sizes))}", flush=True)
                for stage in arguments.stages.split(","):
                    times = []
                    for size in sizes:
                        source.write_text(FAMILIES[family](size, trained))
                        times.append(cpu_seconds([arguments.bin / "vaec", source, f"--emit={stage}"], arguments.limit))
                    print(f"  {stage:8}{curve(times)}", flush=True)


if __name__ == "__main__":
    main()
