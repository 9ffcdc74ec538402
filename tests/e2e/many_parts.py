#!/usr/bin/env python3
"""Tensors of many parts and shapes of sums, on each device against NumPy: joined, added and cut by more tensors than a kernel binds; sizes that divide exactly.

    many_parts.py --bin=build/dev/bin
"""
import re
import subprocess

import numpy as np

import harness

PARTS = 40
NAMES = [f"x{i}" for i in range(PARTS)]
SOURCE = f"""model many() {{
  func join({", ".join(f"{name}: f32[B, {3 + i % 3}]" for i, name in enumerate(NAMES))}) {{
    return concat([{", ".join(NAMES)}], axis = 1)
  }}
  func join_computed({", ".join(f"{name}: f32[B, 5]" for name in NAMES)}) {{
    return concat([{", ".join(f"tanh({name})" for name in NAMES)}], axis = 0)
  }}
  func add({", ".join(f"{name}: f32[B, 5]" for name in NAMES)}) {{
    return {" + ".join(f"{i + 1} * {name}" for i, name in enumerate(NAMES))}
  }}
  func cut(x: f32[B, {PARTS}, 3]) {{
    return {", ".join(f"x[.., {i}] * {i + 1}" for i in range(PARTS))}
  }}
  func rest(x: f32[B]) {{ return cumsum(x[1..], axis = 0) }}
  func inner(y: f32[B, H, W]) {{ return reshape(y[.., 2.., 2..], [-1, H - 2, W - 2]) * 2 }}
}}
"""
MOST = {"vulkan": 16, "x86-64-v3": 64}


def check_buffers(tools, source, target):
    """No kernel binds more than the target states, and one of another target more than it would bind there."""
    text = subprocess.run([tools.bin / "vaec", source, "--emit=kernels", f"--target={target}"], check=True, capture_output=True, text=True).stdout
    bound = [line.count(": tensor<") for line in re.findall(r"program.kernel @.*", text)]
    tools.expect(f"{target}: {max(bound)} buffers, at most {MOST[target]}", max(bound) <= MOST[target])
    return max(bound)


def check_values(tools, random):
    sizes = [3 + i % 3 for i in range(PARTS)]
    for batch in (1, 7):
        ragged = {name: random.uniform(-1, 1, (batch, size)).astype(np.float32) for name, size in zip(NAMES, sizes)}
        even = {name: random.uniform(-1, 1, (batch, 5)).astype(np.float32) for name in NAMES}
        wide = [value.astype(np.float64) for value in even.values()]
        tools.compare(f"join {batch}", tools.run("join", ragged, ["result"])["result"], np.concatenate(list(ragged.values()), axis=1), 0)
        tools.compare(f"join computed {batch}", tools.run("join_computed", even, ["result"])["result"], np.tanh(np.concatenate(wide)), 1e-6)
        tools.compare(f"add {batch}", tools.run("add", even, ["result"])["result"], sum((i + 1) * value for i, value in enumerate(wide)), 1e-6)
        x = random.uniform(-1, 1, (batch, PARTS, 3)).astype(np.float32)
        cut = tools.run("cut", {"x": x}, [f"result_{i}" for i in range(PARTS)])
        expected = x.astype(np.float64) * np.arange(1, PARTS + 1)[None, :, None]
        tools.compare(f"cut {batch}", np.stack([cut[f"result_{i}"] for i in range(PARTS)], axis=1), expected, 1e-6)


def check_sizes(tools, random):
    for length in (2, 9):
        x = random.uniform(-1, 1, length).astype(np.float32)
        tools.compare(f"rest {length}", tools.run("rest", {"x": x}, ["result"])["result"], np.cumsum(x[1:].astype(np.float64)), 1e-6)
    y = random.uniform(-1, 1, (3, 6, 5)).astype(np.float32)
    tools.compare("inner", tools.run("inner", {"y": y}, ["result"])["result"], 2 * y[:, 2:, 2:].astype(np.float64), 1e-6)


def test(tools, _):
    source = tools.folder / "many.vae"
    source.write_text(SOURCE)
    few, many = (check_buffers(tools, source, target) for target in MOST)
    tools.expect("a target that binds more gets wider kernels", many > few)
    tools.compile(source)
    for tools.device in ("cpu", "vulkan"):
        random = np.random.RandomState(11)
        check_values(tools, random)
        check_sizes(tools, random)


if __name__ == "__main__":
    harness.main(__doc__, test)
