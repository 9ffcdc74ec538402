#!/usr/bin/env python3
"""Packages and training are functions of their inputs: the same bytes at 1 and 2 threads, and after a stop and a resume.

    repeatable.py --bin=build/dev/bin
"""
import harness
import inputs


def test(tools, _):
    packages = [tools.compile(harness.EXAMPLES / "mnist_vae/mnist_vae.vae", f"--jobs={jobs}").read_bytes() for jobs in (1, 2, 2)]
    tools.expect("packages compiled on 1 thread and twice on 2", len(set(packages)) == 1)
    data = {"x": inputs.images(300)}  # 4 full batches and one of 44

    def train(*words, save="trained"):
        return tools.train(data, "--batch=64", "--epochs=3", *words, save=save)[1].read_bytes()

    whole = train("--seed=9", "--threads=2")
    tools.expect("1 thread and 2 threads", train("--seed=9", "--threads=1") == whole)
    tools.expect("another seed differs", train("--seed=10") != whole)
    train("--seed=9", "--steps=8", save="part")  # stops in the middle of the second epoch
    tools.expect("stop after 8 steps and resume", train(f"--resume={tools.folder / 'part'}", save="resumed") == whole)


if __name__ == "__main__":
    harness.main(__doc__, test)
