#!/usr/bin/env python3
"""Trains both losses of two_players.vae in turn on each device: 20 steps against a PyTorch loop, a resume, what is printed and drawn.

    two_players.py --bin=build/dev/bin
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-4  # relative to the largest magnitude
COLUMNS = ["imitate.loss", "imitate.mse", "discriminate.loss", "discriminate.hinge"]


class Check:
    def __init__(self, bin, folder):
        self.bin, self.folder, self.failures = bin, folder, 0
        self.package = folder / "model.vaep"

    def vae_run(self, *words):
        return subprocess.run([str(self.bin / "vae-run"), *map(str, words)], capture_output=True, text=True, env=dict(os.environ, VAE_VULKAN="validation"))

    def train(self, *words):
        result = self.vae_run("train", self.package, "--epochs=1", f"--batch={inputs.TRAIN_BATCH}", *words)
        if result.returncode:
            sys.exit(result.stderr)
        return result.stdout

    def expect(self, good, what):
        self.failures += not good
        print("ok  " if good else "FAIL", what)

    def compare(self, what, value, expected):
        error = np.max(np.abs(np.asarray(value) - expected)) / np.max(np.abs(expected)) if np.shape(value) == expected.shape else np.inf
        self.expect(error <= TOLERANCE, f"{what}: relative error {error:.2e}, at most {TOLERANCE:.0e}")


def rows_of(path):
    with open(path) as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def check_device(check, device, data, reference):
    log, whole, plot = (check.folder / f"{device}{end}" for end in (".csv", ".safetensors", ".png"))
    start = [f"--weights={check.folder / 'weights.safetensors'}", "--no-shuffle", f"--device={device}", data]
    text = check.train(*start, f"--log={log}", f"--save={whole}", f"--plot={plot}", "--json")
    names, rows = rows_of(log)
    check.expect(names == ["step", "epoch", *COLUMNS], f"{device} columns {names}")
    for i, name in enumerate(COLUMNS):
        check.compare(f"{device} {name}", [float(row[name]) for row in rows], reference["losses"][:, i])
    weights = inputs.load_safetensors(whole)
    for name in inputs.weights("two_players"):
        check.compare(f"{device} {name}", weights[name], reference[f"weight/{name}"])
    told = json.loads(text)
    check.expect(all(abs(told[name] - np.mean(reference["losses"][:, i])) < 1e-4 for i, name in enumerate(COLUMNS)), f"{device} --json tells each loss")
    check.expect(plot.read_bytes().startswith(b"\x89PNG"), f"{device} --plot draws")
    # Stopped after a step, and resumed: the same bytes of weights, states of both optimisers, log, and curve.
    half, half_log, resumed, half_plot = (check.folder / name for name in ("half.safetensors", "half.csv", "resumed.safetensors", "half.png"))
    check.train(*start, f"--log={half_log}", f"--save={half}", "--steps=7")
    check.train("--no-shuffle", f"--device={device}", data, f"--resume={half}", f"--log={half_log}", f"--save={resumed}", f"--plot={half_plot}")
    for a, b in ((whole, resumed), (log, half_log), (plot, half_plot)):
        check.expect(a.read_bytes() == b.read_bytes(), f"{device} a resume gives the same {a.suffix}")


def check_words(check, data):
    """Inputs by loss, and one loss alone."""
    x, z, real = (f"{name}={check.folder / name}.npy" for name in ("x", "z", "real"))
    missing = check.vae_run("train", check.package, f"--data={x},{z}")
    check.expect(missing.returncode and "input real: f32[B, 3] of loss 'discriminate' is not given" in missing.stderr, f"a missing input is named: {missing.stderr}")
    unknown = check.vae_run("train", check.package, f"--data={x},{z},{real}", "--data=w=w.npy")
    check.expect(unknown.returncode and "the losses take no 'w'; their inputs: x: f32[B, 3]; z: f32[B, 2]; real: f32[B, 3]" in unknown.stderr,
                 f"an unknown input is named: {unknown.stderr}")
    alone = check.train("--loss=imitate", f"--data={x},{z}", "--steps=2", "--json")
    check.expect("imitate.loss" not in alone and json.loads(alone)["mse"] > 0, "--loss trains one alone")
    average = check.folder / "average.safetensors"
    check.train(data, "--steps=8", f"--save={check.folder / 'w.safetensors'}", f"--save-average={average}")
    weights, averages = inputs.load_safetensors(check.folder / "w.safetensors"), inputs.load_safetensors(average)
    same = {name for name in averages if np.array_equal(weights[name], averages[name])}
    check.expect({name for name in averages if name.startswith("generator")} <= same and "critic.out.weight" not in same,
                 f"only what a line averages differs: {sorted(set(averages) - same)}")


def check_streams(check):
    """Each loss draws noise of its own; the first one what it draws alone."""
    package, log = check.folder / "noise.vaep", check.folder / "noise.csv"
    source = check.folder / "noise.vae"
    source.write_text("""model noise {
  func net(x: f32[B, 1]) { return x |> linear(1) }
  loss a(x: f32[B, 1]) { draw = mean(normal(shape(x))); report draw; return mean(net(x)) }
  loss b(x: f32[B, 1]) { draw = mean(normal(shape(x))); report draw; return mean(net(x)) }
  train { minimize b with sgd(); minimize a with sgd() }
}""")
    subprocess.run([check.bin / "vaec", source, "-o", package], check=True)
    np.save(check.folder / "one.npy", np.ones((4, 1), np.float32))
    draws = {}
    for loss in ((), ("--loss=a",), ("--loss=b",)):
        check.vae_run("train", package, f"--data={check.folder / 'one.npy'}", "--batch=4", "--epochs=3", "--seed=5", f"--log={log}", *loss)
        names, rows = rows_of(log)
        draws |= {(loss, name): [row[name] for row in rows] for name in names if name.endswith("draw")}
        if not loss:
            check.expect(names == ["step", "epoch", "b.loss", "b.draw", "a.loss", "a.draw"], f"losses come in the order of train: {names}")
    both = draws[(), "a.draw"] + draws[(), "b.draw"]
    check.expect(len(set(both)) == len(both) == 6, f"no draw comes twice: {both}")
    fed = {loss: np.random.RandomState(seed).normal(size=(12, 1)).astype(np.float32) for seed, loss in enumerate("ba")}
    for loss, values in fed.items():
        np.save(check.folder / f"fed-{loss}.npy", values)
    noise = [f"--noise={check.folder / f'fed-{loss}.npy'}" for loss in fed]
    check.vae_run("train", package, f"--data={check.folder / 'one.npy'}", "--batch=4", "--epochs=3", f"--log={log}", *noise)
    _, rows = rows_of(log)
    for loss, values in fed.items():
        given = [float(row[f"{loss}.draw"]) for row in rows]
        check.expect(np.allclose(given, values.reshape(3, 4).mean(1), rtol=1e-5), f"--noise feeds loss {loss}: {given}")
    check.expect(draws[(), "b.draw"] == draws[("--loss=b",), "draw"] == draws[("--loss=a",), "draw"], "the first loss draws what it draws alone")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    bin = parser.parse_args().bin
    reference = np.load(HERE / "references" / "two_players.npz")
    with tempfile.TemporaryDirectory() as name:
        check = Check(bin, pathlib.Path(name))
        files = inputs.players(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)
        for key, value in files.items():
            np.save(check.folder / f"{key}.npy", value)
        data = "--data=" + ",".join(f"{key}={check.folder / key}.npy" for key in files)
        inputs.save_safetensors(check.folder / "weights.safetensors", inputs.weights("two_players"))
        subprocess.run([bin / "vaec", HERE / "two_players.vae", "-o", check.package], check=True)
        for device in ("cpu", "vulkan"):
            check_device(check, device, data, reference)
        check_words(check, data)
        check_streams(check)
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
