#!/usr/bin/env python3
"""Gradients within a loss on each device: 20 steps of gradient.vae against a PyTorch loop that asks autograd for them, and entries that return some.

    gradient.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness
import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-4  # relative to the largest magnitude
COLUMNS = ["imitate.loss", "imitate.weight", "discriminate.loss"]


def check_device(check, files, reference):
    start = f"--weights={check.folder / 'weights.safetensors'}"
    log, saved = check.train(files, "--epochs=1", f"--batch={inputs.TRAIN_BATCH}", "--no-shuffle", start)
    for i, name in enumerate(COLUMNS):
        check.compare(name, log[name], reference["losses"][:, i], TOLERANCE)
    weights, first = inputs.load_safetensors(saved), inputs.weights("gradient")
    for name in first:
        check.compare(name, weights[name], reference[f"weight/{name}"], TOLERANCE)
    check.expect("what `over` leaves out stays", np.array_equal(weights["critic.out.bias"], first["critic.out.bias"]))
    made = check.run("pull", {name: value[: inputs.TRAIN_BATCH] for name, value in files.items()}, ["g", "up", "size"], start)
    for name, value in made.items():
        check.compare(f"pull gives {name}", value, reference[f"pull/{name}"], 1e-5)


def check_refused(check):
    """What has no gradient is an error at its place, with what to do about it."""
    for what, words in {
        "stop_gradient(weight) * rec": None,
        "weight * rec": "error: the gradient of a `gradient(...)` is not taken; `stop_gradient` of what is made of it keeps it a number [GradientOfGradient]",
        "rec + norm(gradient(mean(x), net.weight))": "error: the number does not depend on `net.weight`, so it has no gradient [GradientIndependent]",
    }.items():
        source = check.folder / "refused.vae"
        source.write_text("model m {\n  func net(x: f32[B, 3]) { return x |> linear(3) @net }\n  loss l(x: f32[B, 3]) {\n    rec = mse(net(x), x)\n"
                          f"    weight = norm(gradient(rec, net.weight))\n    return {what}\n  }}\n}}\n")
        made = check.tool("vaec", source, "-o", check.folder / "refused.vaep", check=False, capture_output=True, text=True)
        line = "refused.vae:5:" if words and "of a `gradient" in words else "refused.vae:6:"
        holds = words in made.stderr and line in made.stderr if words else made.returncode == 0
        check.expect(f"{what}: {made.stderr.splitlines()[:1]}", holds)


def test(check, _):
    reference = np.load(HERE / "references" / "gradient.npz")
    players = inputs.players(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)
    files = {name: players[name] for name in ("x", "z")}
    inputs.save_safetensors(check.folder / "weights.safetensors", inputs.weights("gradient"))
    check.compile(HERE / "gradient.vae")
    for check.device in ("cpu", "vulkan"):
        check_device(check, files, reference)
    check_refused(check)


if __name__ == "__main__":
    harness.main(__doc__, test)
