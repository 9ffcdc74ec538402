#!/usr/bin/env python3
"""Trains both losses of two_players.vae in turn on each device: 20 steps against a PyTorch loop, a resume, what is printed and drawn.

    two_players.py --bin=build/dev/bin
"""
import csv
import json
import pathlib

import numpy as np

import harness
import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-4  # relative to the largest magnitude
COLUMNS = ["imitate.loss", "imitate.mse", "discriminate.loss", "discriminate.hinge"]


def vae_run(tools, *words, **options):
    return tools.tool("vae-run", *words, capture_output=True, text=True, **options)


def train(tools, *words):
    return vae_run(tools, "train", tools.package, "--epochs=1", f"--batch={inputs.TRAIN_BATCH}", *words).stdout


def rows_of(path):
    with open(path) as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def check_device(tools, data, reference):
    device = tools.device
    log, whole, plot = (tools.folder / f"{device}{end}" for end in (".csv", ".safetensors", ".png"))
    start = [f"--weights={tools.folder / 'weights.safetensors'}", "--no-shuffle", f"--device={device}", data]
    text = train(tools, *start, f"--log={log}", f"--save={whole}", f"--plot={plot}", "--json")
    names, rows = rows_of(log)
    tools.expect(f"{device} columns {names}", names == ["step", "epoch", *COLUMNS])
    for i, name in enumerate(COLUMNS):
        tools.compare(name, [float(row[name]) for row in rows], reference["losses"][:, i], TOLERANCE)
    weights = inputs.load_safetensors(whole)
    for name in inputs.weights("two_players"):
        tools.compare(name, weights[name], reference[f"weight/{name}"], TOLERANCE)
    told = json.loads(text)
    tools.expect(f"{device} --json tells each loss", all(abs(told[name] - np.mean(reference["losses"][:, i])) < 1e-4 for i, name in enumerate(COLUMNS)))
    tools.expect(f"{device} --plot draws", plot.read_bytes().startswith(b"\x89PNG"))
    # Stopped after a step, and resumed: the same bytes of weights, states of both optimisers, log, and curve.
    half, half_log, resumed, half_plot = (tools.folder / name for name in ("half.safetensors", "half.csv", "resumed.safetensors", "half.png"))
    train(tools, *start, f"--log={half_log}", f"--save={half}", "--steps=7")
    train(tools, "--no-shuffle", f"--device={device}", data, f"--resume={half}", f"--log={half_log}", f"--save={resumed}", f"--plot={half_plot}")
    for a, b in ((whole, resumed), (log, half_log), (plot, half_plot)):
        tools.expect(f"{device} a resume gives the same {a.suffix}", a.read_bytes() == b.read_bytes())


def check_words(tools, data):
    """Inputs by loss, and one loss alone."""
    x, z, real = (f"{name}={tools.folder / name}.npy" for name in ("x", "z", "real"))
    missing = vae_run(tools, "train", tools.package, f"--data={x},{z}", check=False)
    tools.expect(f"a missing input is named: {missing.stderr}", missing.returncode and "input real: f32[B, 3] of loss 'discriminate' is not given" in missing.stderr)
    unknown = vae_run(tools, "train", tools.package, f"--data={x},{z},{real}", "--data=w=w.npy", check=False)
    tools.expect(f"an unknown input is named: {unknown.stderr}", unknown.returncode and "the losses take no 'w'; their inputs: x: f32[B, 3]; z: f32[B, 2]; real: f32[B, 3]" in unknown.stderr)
    alone = train(tools, "--loss=imitate", f"--data={x},{z}", "--steps=2", "--json")
    tools.expect("--loss trains one alone", "imitate.loss" not in alone and json.loads(alone)["mse"] > 0)
    average = tools.folder / "average.safetensors"
    train(tools, data, "--steps=8", f"--save={tools.folder / 'w.safetensors'}", f"--save-average={average}")
    weights, averages = inputs.load_safetensors(tools.folder / "w.safetensors"), inputs.load_safetensors(average)
    same = {name for name in averages if np.array_equal(weights[name], averages[name])}
    tools.expect(f"only what a line averages differs: {sorted(set(averages) - same)}", {name for name in averages if name.startswith("generator")} <= same and "critic.out.weight" not in same)


def check_streams(tools):
    """Each loss draws noise of its own; the first one what it draws alone."""
    package, log = tools.folder / "noise.vaep", tools.folder / "noise.csv"
    source = tools.folder / "noise.vae"
    source.write_text("""model noise {
  func net(x: f32[B, 1]) { return x |> linear(1) }
  loss a(x: f32[B, 1]) { draw = mean(normal(shape(x))); report draw; return mean(net(x)) }
  loss b(x: f32[B, 1]) { draw = mean(normal(shape(x))); report draw; return mean(net(x)) }
  train { minimize b with sgd(); minimize a with sgd() }
}""")
    tools.compile(source, package=package)
    np.save(tools.folder / "one.npy", np.ones((4, 1), np.float32))
    draws = {}
    for loss in ((), ("--loss=a",), ("--loss=b",)):
        vae_run(tools, "train", package, f"--data={tools.folder / 'one.npy'}", "--batch=4", "--epochs=3", "--seed=5", f"--log={log}", *loss)
        names, rows = rows_of(log)
        draws |= {(loss, name): [row[name] for row in rows] for name in names if name.endswith("draw")}
        if not loss:
            tools.expect(f"losses come in the order of train: {names}", names == ["step", "epoch", "b.loss", "b.draw", "a.loss", "a.draw"])
    both = draws[(), "a.draw"] + draws[(), "b.draw"]
    tools.expect(f"no draw comes twice: {both}", len(set(both)) == len(both) == 6)
    fed = {loss: np.random.RandomState(seed).normal(size=(12, 1)).astype(np.float32) for seed, loss in enumerate("ba")}
    for loss, values in fed.items():
        np.save(tools.folder / f"fed-{loss}.npy", values)
    noise = [f"--noise={tools.folder / f'fed-{loss}.npy'}" for loss in fed]
    vae_run(tools, "train", package, f"--data={tools.folder / 'one.npy'}", "--batch=4", "--epochs=3", f"--log={log}", *noise)
    _, rows = rows_of(log)
    for loss, values in fed.items():
        given = [float(row[f"{loss}.draw"]) for row in rows]
        tools.expect(f"--noise feeds loss {loss}: {given}", np.allclose(given, values.reshape(3, 4).mean(1), rtol=1e-5))
    tools.expect("the first loss draws what it draws alone", draws[(), "b.draw"] == draws[("--loss=b",), "draw"] == draws[("--loss=a",), "draw"])


def test(tools, _):
    reference = np.load(HERE / "references" / "two_players.npz")
    files = inputs.players(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)
    data = "--data=" + ",".join(f"{key}={tools.array(key, value)}" for key, value in files.items())
    inputs.save_safetensors(tools.folder / "weights.safetensors", inputs.weights("two_players"))
    tools.compile(HERE / "two_players.vae")
    for tools.device in ("cpu", "vulkan"):
        check_device(tools, data, reference)
    check_words(tools, data)
    check_streams(tools)


if __name__ == "__main__":
    harness.main(__doc__, test)
