#!/usr/bin/env python3
"""Trains options.vae by each of its lines on each device: 20 steps, averaged weights, a resume, against PyTorch's clip_grad_norm_ and AveragedModel.

    options.py --bin=build/dev/bin
"""
import csv
import pathlib

import numpy as np

import harness
import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5  # relative to the largest magnitude


def train(tools, loss, *words, **options):
    return tools.tool("vae-run", "train", tools.package, f"--loss={loss}", f"--data={tools.folder / 'x.npy'}", "--epochs=1",
                      f"--batch={inputs.TRAIN_BATCH}", f"--device={tools.device}", *words, **options)


def losses_of(path):
    with open(path) as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def check_loss(check, loss, reference):
    weights = check.folder / "w.safetensors"
    log, whole, average = (check.folder / name for name in ("log.csv", "whole.safetensors", "average.safetensors"))
    averages = f"{loss}/predict" in reference
    save_average = [f"--save-average={average}"] if averages else []
    train(check, loss, "--no-shuffle", f"--weights={weights}", f"--log={log}", f"--save={whole}", *save_average)
    check.compare(f"{loss} losses", losses_of(log), reference[f"{loss}/loss"], TOLERANCE)
    if not averages:
        return
    made = inputs.load_safetensors(average)
    check.expect(f"{check.device} {loss} averages have the weights' names", sorted(made) == sorted(inputs.weights("options")))
    for name in made:
        check.compare(f"{loss} average of {name}", made[name], reference[f"{loss}/average/{name}"], TOLERANCE)
    np.save(check.folder / "first.npy", inputs.points(64))
    y = check.folder / "y.npy"
    check.tool("vae-run", "run", check.package, "predict", f"x={check.folder / 'first.npy'}", f"--weights={average}", "-o", y, f"--device={check.device}")
    check.compare(f"{loss} predict by the averages", np.load(y), reference[f"{loss}/predict"], TOLERANCE)
    # Stopped and resumed, the same bytes: the averages are part of the checkpoint.
    half, resumed, again = (check.folder / name for name in ("half.safetensors", "resumed.safetensors", "again.safetensors"))
    train(check, loss, "--no-shuffle", f"--weights={weights}", f"--save={half}", "--steps=8")
    train(check, loss, "--no-shuffle", f"--resume={half}", f"--save={resumed}", f"--save-average={again}")
    check.expect(f"{check.device} {loss} resumes to the same checkpoint", resumed.read_bytes() == whole.read_bytes())
    check.expect(f"{check.device} {loss} resumes to the same averages", again.read_bytes() == average.read_bytes())


def check_steep(check):
    """Gradients whose squares overflow are scaled as smaller ones of the same direction are."""
    made = {}
    for loss in ("tall", "steep"):
        saved = check.folder / f"{loss}.safetensors"
        train(check, loss, "--no-shuffle", f"--weights={check.folder / 'w.safetensors'}", f"--save={saved}", "--steps=5")
        made[loss] = inputs.load_safetensors(saved)
    for name in inputs.weights("options"):
        check.compare(f"{name} by gradients of 1e30", made["steep"][name], made["tall"][name], TOLERANCE)


def test(check, _):
    reference = np.load(HERE / "references" / "options.npz")
    np.save(check.folder / "x.npy", inputs.points(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS))
    inputs.save_safetensors(check.folder / "w.safetensors", inputs.weights("options"))
    check.compile(HERE / "options.vae")
    for check.device in ("cpu", "vulkan"):
        for loss in sorted({key.split("/")[0] for key in reference}):
            check_loss(check, loss, reference)
        check_steep(check)
    none = train(check, "clipped", f"--save-average={check.folder / 'n'}", check=False, capture_output=True, text=True)
    check.expect("no averages without ema", none.returncode and "has `ema(...)`" in none.stderr)


if __name__ == "__main__":
    harness.main(__doc__, test)
