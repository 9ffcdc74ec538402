#!/usr/bin/env python3
"""Trains schedules.vae on each device and compares every scheduled number with its definition.

    schedules.py --bin=build/dev/bin
"""
import math
import pathlib

import numpy as np

import harness

PER_EPOCH, EPOCHS = 4, 3


def expected(step):
    epoch = step // PER_EPOCH
    return {
        "a": -1 / 3,
        "b": [0, 1, 2, 3][step] if step < 4 else 4,
        "c": 0.5 + 1.5 * math.cos(math.pi * min(step, 5) / 5),
        "d": 2.0 ** (-4 * min(step, 6) / 6),
        "e": float(step >= 3),
        "f": [1, 0.5, 0][epoch],
        "g": float(epoch >= 1),
        # Adam moves by the rate where all gradients are equal; the loss shows the weight before the step.
        "loss": -sum([0.5, 0.375, 0.25][k] if k < 3 else 0.125 for k in range(step)),
    }


def test(tools, _):
    x = np.zeros((2 * PER_EPOCH, 1), np.float32)
    tools.compile(pathlib.Path(__file__).with_name("schedules.vae"))
    for tools.device in ("cpu", "vulkan"):
        columns, _ = tools.train({"x": x}, "--batch=2", f"--epochs={EPOCHS}")
        values = [expected(step) for step in range(PER_EPOCH * EPOCHS)]
        for name in values[0]:
            wanted = np.array([value[name] for value in values])
            same = columns[name].shape == wanted.shape and np.all(np.abs(columns[name] - wanted) <= 1e-6 * np.maximum(1, np.abs(wanted)))
            tools.expect(f"{tools.device} {name} begins {columns[name][:4]}, by its definition {wanted[:4]}", same)
    # A scheduled number is no input of training any more.
    given = tools.tool("vae-run", "train", tools.package, f"--data={tools.array('x', x)}", "b=1", check=False, capture_output=True, text=True)
    tools.expect("a scheduled number is no input", given.returncode != 0 and "takes no 'b'" in given.stderr)


if __name__ == "__main__":
    harness.main(__doc__, test)
