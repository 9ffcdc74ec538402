#!/usr/bin/env python3
"""A gradient goes through a func that declares a size to be whole: as it does without the declaration, on each device.

    rounded_sizes.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness

WEIGHTS = ("gradient:conv.weight", "gradient:conv.bias")


def test(tools, _):
    x = np.random.RandomState(71).normal(size=(2, 3, 6, 10)).astype(np.float32)
    tools.compile(pathlib.Path(__file__).with_name("rounded_sizes.vae"))
    for tools.device in ("cpu", "vulkan"):
        declared, plain = (tools.run(f"{loss}.gradient", {"x": x}, ("loss", *WEIGHTS), "--initial-weights") for loss in ("declared", "plain"))
        for name, value in plain.items():
            tools.expect(f"{tools.device} {name} does not vanish", np.abs(value).max() > 0)
            tools.compare(name, declared[name], value, 1e-6)
        odd = tools.tool("vae-run", "run", tools.package, "declared.gradient", f"x={tools.array('odd', x[:, :, :5])}", f"--device={tools.device}", "--initial-weights",
                         check=False, capture_output=True, text=True)
        tools.expect(f"{tools.device} an odd height is refused: {odd.stderr}", odd.returncode and "H/2" in odd.stderr)


if __name__ == "__main__":
    harness.main(__doc__, test)
