#!/usr/bin/env python3
"""Where NaN and infinity begin: the term of a loss without --check, the line in the model with it, on each device.

    first_non_finite.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness

SOURCE = pathlib.Path(__file__).with_suffix(".vae")


def line_of(text):
    """The number of the line of the model that holds `text`."""
    return next(number for number, line in enumerate(SOURCE.read_text().splitlines(), 1) if text in line)


def train(tools, loss, x, *words):
    """Two steps on four items each; exit code and what was said."""
    saved = tools.folder / "saved.safetensors"
    saved.unlink(missing_ok=True)
    result = tools.tool("vae-run", "train", tools.package, f"--data={tools.array('x', x)}", f"--loss={loss}", "--batch=4", "--epochs=1", "--no-shuffle",
                        f"--save={saved}", f"--device={tools.device}", *words, check=False, capture_output=True, text=True)
    return result.returncode, result.stderr


def run(tools, entry, x, *words):
    result = tools.tool("vae-run", "run", tools.package, entry, f"x={tools.array('x', x)}", "--initial-weights", f"--device={tools.device}", *words, check=False,
                        capture_output=True, text=True)
    return result.returncode, result.stderr


def test(tools, _):
    tools.compile(SOURCE)
    ones, zero = np.ones((8, 4), np.float32), np.ones((8, 4), np.float32)
    zero[5, 2] = 0
    for tools.device in ("cpu", "vulkan"):
        def refused(what, outcome, *texts):
            code, said = outcome
            tools.expect(f"{tools.device} {what}: {said.strip()}", code == 1 and all(text in said for text in texts))

        refused("the term is named", train(tools, "total", zero), "step 2: 'kl' of total.train", "; --check finds where it begins")
        refused("the line is named", train(tools, "total", zero, "--check"), "step 2: ", f".vae:{line_of('kl(x, log(x))')}:", "element 1 of 4")
        refused("a gradient is traced", train(tools, "steep", ones, "--check"), "step 1: ", f", {line_of('sqrt(hidden(x)')}:", "holds NaN or infinity")
        refused("a turn of a loop is traced", run(tools, "grow", ones, "--check"), f".vae:{line_of('h * 1e9')}:", "first at element 0 of 32")
        refused("without --check it is pointed to", run(tools, "grow", ones), "'result' of grow holds NaN or infinity", "; --check finds where it begins")
        nan = ones.copy()
        nan[3, 1] = np.nan
        refused("an input is named", run(tools, "hidden", nan), "input 'x' holds NaN or infinity, first at element 13 of 32\n")
        tools.expect(f"{tools.device} what is infinite on the way only is not an error", train(tools, "masked", zero, "--check")[0] == 0)
        plain = train(tools, "total", ones)[0], (tools.folder / "saved.safetensors").read_bytes()
        checked = train(tools, "total", ones, "--check")[0], (tools.folder / "saved.safetensors").read_bytes()
        tools.expect(f"{tools.device} --check trains to the same bytes", plain == checked and plain[0] == 0)


if __name__ == "__main__":
    harness.main(__doc__, test)
