#!/usr/bin/env python3
"""Loops on each device against the same in NumPy: turns, what is carried and how, and draws, which are those of the turn (vae.loop, vae.rng_turn).

    loops.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness
import inputs
from noise import philox

SEED = 2**33 + 12345


def up(n):
    return np.array([[t * t, t - 3] for t in range(n)])


def affine(x, turns, factor=2):
    for t in turns:
        x = factor * x + t
    return x


def swap(n, x, table):
    a, b, w = x + table, x * x, np.maximum(x, 0) + 1
    for t in range(n):
        a, b = b + table[t % 4], a * 0.5 + w
    return {"a": a, "b": b}


def uniform(site, turn, count):
    words = philox(SEED, 0, site, (count + 3) // 4, turn).reshape(-1)[:count]
    return (words >> 8).astype(np.float32) * np.float32(2**-24)


def walk(x, n, table, temperature, draws, deviates):
    k = np.zeros((len(x), n))
    for t in range(n):
        order = np.argsort(-x, axis=1, kind="stable")
        kept = np.full_like(x, -np.inf)
        np.put_along_axis(kept, order[:, :3], np.take_along_axis(x, order[:, :3], 1), 1)
        drawn = np.argmax(kept / temperature - np.log(-np.log(draws[t])), axis=1)
        k[:, t] = drawn
        x = x + table[:, 1] + np.eye(4)[drawn] - (0.1 * x + np.exp(x / 2) * deviates[t])
    return {"k": k, "x": x}


def check(tools, random, table):
    x, rows = random.uniform(-1, 1, 3).astype(np.float32), random.uniform(-1, 1, (4, 3)).astype(np.float32)
    run = lambda entry, given, outputs, *words: tools.run(entry, given, outputs, *words, f"--weights={tools.weights}", f"--seed={SEED}")
    for n in (1, 2, 9):
        tools.compare(f"up {n}", run("up", {}, ["result"], f"n={n}")["result"], up(n), 0)
        tools.compare(f"down {n}", run("down", {"x": x}, ["result"], f"n={n}")["result"], affine(x.astype(np.float64), range(n - 1, -1, -1)), 1e-6)
        for name, value in run("swap", {"x": rows}, ["a", "b"], f"n={n}").items():
            tools.compare(f"swap {n} {name}", value, swap(n, rows.astype(np.float64), table)[name], 1e-6)
    tools.compare("middle", run("middle", {"x": x}, ["result"])["result"], affine(x.astype(np.float64), (6, 5, 4, 3, 2)), 1e-6)
    for length in (1, 2, 5):
        y = random.uniform(-1, 1, length).astype(np.float32)
        tools.compare(f"fewer {length}", run("fewer", {"x": y}, ["result"])["result"], affine(y.astype(np.float64), range(length - 1), 3), 1e-6)
    nested = run("nested", {"x": rows}, ["y", "count"])
    tools.compare("nested", nested["y"], np.cumsum(rows.astype(np.float64), axis=1), 1e-6)
    tools.expect(f"{tools.device} nested counts {nested['count']}", nested["count"] == 12)
    draws = run("draws", {}, ["first", "inner"], "n=4")
    expected = np.array([[uniform(1, 3 * i + (2 - j), 5) for j in range(3)] for i in range(4)])
    tools.expect(f"{tools.device} the bits of draws outside loops", np.array_equal(draws["first"], uniform(0, 0, 5)))
    tools.expect(f"{tools.device} the bits of draws inside loops", np.array_equal(draws["inner"], expected))
    start, noise = random.uniform(-1, 1, (5, 4)).astype(np.float32), [random.uniform(0.01, 0.99, (7, 5, 4)), random.normal(0, 1, (7, 5, 4))]
    noise = [values.astype(np.float32) for values in noise]
    fed = run("walk", {"x": start}, ["k", "x"], "n=7", *tools.noise(*noise))
    for name, value in walk(start.astype(np.float64), 7, table, 1.0, *(values.astype(np.float64) for values in noise)).items():
        tools.compare(f"fed draws, {name}", fed[name], value, 1e-5)
    return run("walk", {"x": start}, ["k", "x"], "n=7")


def test(tools, _):
    random = np.random.RandomState(5)
    table = random.uniform(-1, 1, (4, 3)).astype(np.float32)
    tools.weights = tools.folder / "w.safetensors"
    inputs.save_safetensors(tools.weights, {"table": table})
    tools.compile(pathlib.Path(__file__).with_name("loops.vae"))
    walks = []
    for tools.device in ("cpu", "vulkan"):
        walks.append(check(tools, np.random.RandomState(6), table.astype(np.float64)))
    tools.expect("the same classes drawn on both devices", np.array_equal(walks[0]["k"], walks[1]["k"]))


if __name__ == "__main__":
    harness.main(__doc__, test)
