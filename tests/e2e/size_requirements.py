#!/usr/bin/env python3
"""What a model asks of sizes that only a run knows: a slice within its axis, a border smaller than what it mirrors, a key for each query. The least sizes
run, as NumPy has it; one less is refused with the line of the model, on each device, in training as well.

    size_requirements.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness

SOURCE = pathlib.Path(__file__).with_suffix(".vae")


def draw(*shape):
    return np.random.RandomState(17).normal(size=shape).astype(np.float32)


def causal(q, k):
    scores = np.einsum("bld,bsd->bls", q, k).astype(np.float64) / 2
    scores[:, np.arange(scores.shape[1])[:, None] < np.arange(scores.shape[2])] = -np.inf
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return (weights / weights.sum(axis=2, keepdims=True)) @ k


def written(x, place):
    x = x.copy()
    x[place] = 1
    return x


# An entry, the least inputs with the result, inputs that are one too small, what the message says, and the text at the line that asks.
CASES = [
    ("head", [draw(2, 8)], lambda x: x * 2, [draw(2, 7)], "slice from 0 to 8 does not lie inside [B, H] along axis 1, whose size is H", "x[.., 0..8]"),
    ("tail", [draw(2, 4)], lambda x: x, [draw(2, 3)], "slice from H - 4 to H does not lie", "x[.., H - 4"),
    ("kept", [draw(2, 7)], lambda x: x[:, 6], [draw(2, 6)], "slice from 6 to H does not lie inside", "x[.., 6..H"),
    ("rows", [draw(1, 4, 6)], None, [draw(1, 5, 5)], "slice from 0 to H*W does not lie inside [24, 1] along axis 0, whose size is 24", "table[0..H"),
    ("mirrored", [draw(2, 4)], lambda x: np.pad(x, ((0, 0), (2, 3)), mode="reflect"), [draw(2, 3)], "reflects 3 places of an axis of H", "pad(x"),
    ("causal", [draw(2, 3, 4), draw(2, 3, 4)], causal, [draw(2, 4, 4), draw(2, 3, 4)], "has L queries and S keys", "attention(q"),
    ("at", [draw(4, 3)], lambda x: x[0] * 2, [draw(3, 3)], "slice from B - 4 to B - 3 does not lie inside [B, H] along axis 0, whose size is B", "x[B - 4]"),
    ("beside", [draw(2, 3)], lambda x: x[:, 2] * 2, [draw(2, 2)], "slice from B to B + 1 does not lie inside [B, H] along axis 1, whose size is H", "x[.., B]"),
    ("half", [draw(2, 3)], lambda x: x[1] * 2, [draw(3, 3)], "has no whole value", "x[B / 2]"),
    ("written", [draw(9, 3)], lambda x: written(x, 8), [draw(8, 3)], "update from 8 to 9 does not lie inside [B, H] along axis 0", "update([8]"),
    ("stretch", [draw(2, 4)], lambda x: written(x, (slice(None), slice(0, 4))), [draw(2, 3)], "update from H - 4 to H does not lie inside", "update([.., H"),
    ("ends.gradient", [draw(2, 3)], None, [draw(2, 2)], "slice from B to B + 1 does not lie inside", "x + sum(w)"),
    ("windows", [draw(1, 1, 3, 8)], None, [draw(1, 1, 2, 8)],
     "(B = 1, H = 2) at", "conv2d(2, 3, stride = 3, padding = 0) @down.c1"),
    ("windows", [draw(1, 1, 5, 8)], None, [draw(1, 1, 2, 8)],
     "`conv2d` @down.c1 makes a tensor of [B, 2, floor(H/3), 2], of which floor(H/3) is below 1", "conv2d(2, 3, stride = 3, padding = 0) @down.c1"),
    ("called", [draw(2, 3)], lambda x: x * 2, [draw(2, 2)], "slice from 0 to 3 does not lie", "x[.., 0..3]"),
    ("cost", [draw(2, 3)], None, [draw(2, 2)], "slice from 0 to 3 does not lie", "x[.., 0..3]"),
    ("cost.gradient", [draw(2, 3)], None, [draw(2, 2)], "slice from 0 to 3 does not lie", "x[.., 0..3]"),
]


def place(text):
    """Where the source says so: file, line and column."""
    for number, line in enumerate(SOURCE.read_text().splitlines(), 1):
        if text in line:
            return f"{SOURCE.name}:{number}:{line.index(text) + 1}"
    raise ValueError(text)


def run(tools, entry, inputs, *words):
    names = ("q", "k") if entry == "causal" else ("x",)
    given = [f"{name}={tools.array(name, value)}" for name, value in zip(names, inputs)]
    return tools.tool("vae-run", "run", tools.package, entry, *given, f"--device={tools.device}", "--initial-weights", *words, check=False, capture_output=True, text=True)


def test(tools, _):
    tools.compile(SOURCE)
    for tools.device in ("cpu", "vulkan"):
        for entry, least, expected, small, message, text in CASES:
            path = tools.folder / "result.npy"
            fits = run(tools, entry, least, *(["-o", path] if expected else []))
            tools.expect(f"{tools.device} {entry} at its least size {fits.stderr}", fits.returncode == 0)
            if expected and fits.returncode == 0:
                tools.compare(entry, np.load(path), expected(*least), 1e-6)
            refused = run(tools, entry, small)
            tools.expect(f"{tools.device} {entry} below it: {refused.stderr}",
                         refused.returncode == 1 and message in refused.stderr and place(text) in refused.stderr)
    data = tools.array("small", draw(6, 2))
    trained = tools.tool("vae-run", "train", tools.package, f"--data=x={data}", "--batch=2", "--epochs=1", check=False, capture_output=True, text=True)
    tools.expect(f"training is refused, too: {trained.stderr}", trained.returncode == 1 and place("x[.., 0..3]") in trained.stderr)


if __name__ == "__main__":
    harness.main(__doc__, test)
