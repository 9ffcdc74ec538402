#!/usr/bin/env python3
"""What devices say of time: profiles against what the program states, and traces, whose events are those that ran, one after another (loops.vae).

    timings.py --bin=build/dev/bin
"""
import collections
import json
import pathlib

import numpy as np

import harness
import inputs

N = 9


def bench(tools, *words):
    result = tools.tool("vae-run", "bench", tools.package, "swap", f"x={tools.folder / 'x.npy'}", f"n={N}", "--repeat=3", f"--device={tools.device}", "--json", *words,
                        capture_output=True, text=True)
    return json.loads(result.stdout)


def check_profile(tools):
    report = bench(tools, "--profile")
    kernels, strategies = report["kernels"], report["strategies"]
    tools.expect(f"{tools.device} shares add up to one", abs(sum(kernel["share"] for kernel in kernels) - 1) < 1e-9 and all(kernel["ms"] > 0 for kernel in kernels))
    tools.expect(f"{tools.device} a loop's kernels count its turns", max(kernel["calls"] for kernel in kernels) == N)
    known = tools.device == "cpu"
    tools.expect(f"{tools.device} best rates are {'measured' if known else 'not known'}", (report["peak"] is not None) == known)
    tools.expect(f"{tools.device} shares of them", all((kernel["peak_share"] is not None) == known for kernel in kernels))
    tools.expect(f"{tools.device} what bounds them", all((strategy["bound"] in ("arithmetic", "memory")) == known for strategy in strategies))
    for field in ("ms", "calls", "flops", "bytes"):
        whole, parts = (sum(row[field] for row in rows) for rows in (strategies, kernels))
        tools.expect(f"{tools.device} strategies have all {field}", abs(whole - parts) <= 1e-9 * parts)
    return {kernel["name"]: kernel["calls"] for kernel in kernels}


def read_trace(tools, path):
    """Runs and kernels; each kernel after the one before, and within its run."""
    events = [event for event in json.loads(path.read_text())["traceEvents"] if event["ph"] == "X"]
    runs, kernels = ([event for event in events if event["cat"] == kind] for kind in ("run", "kernel"))
    kernels.sort(key=lambda event: event["ts"])
    ends = [event["ts"] + event["dur"] for event in kernels]
    tools.expect(f"{tools.device} {path.name}: one kernel after another", all(after["ts"] >= end - 0.01 for end, after in zip(ends, kernels[1:])))
    within = [any(run["ts"] - 0.01 <= event["ts"] and event["ts"] + event["dur"] <= run["ts"] + run["dur"] + 0.01 for run in runs) for event in kernels]
    tools.expect(f"{tools.device} {path.name}: kernels within their runs", all(within))
    return runs, kernels


def check_traces(tools, calls):
    path = tools.folder / "run.json"
    tools.run("swap", {"x": np.ones((4, 3), np.float32)}, ["a"], f"n={N}", f"--weights={tools.weights}", f"--trace={path}")
    runs, kernels = read_trace(tools, path)
    tools.expect(f"{tools.device} one run", [run["name"] for run in runs] == ["swap"])
    tools.expect(f"{tools.device} each turn of each kernel", collections.Counter(event["name"] for event in kernels) == calls)
    tools.expect(f"{tools.device} sizes of a kernel", any("f32[4, 3], f32[4, 3], f32[4, 3]" in event["args"]["shapes"] for event in kernels))
    path = tools.folder / "bench.json"
    bench(tools, f"--trace={path}")
    runs, kernels = read_trace(tools, path)
    tools.expect(f"{tools.device} three runs of a bench", len(runs) == 3 and len(kernels) == 3 * sum(calls.values()))


def check_training(tools):
    path, package = tools.folder / "train.json", tools.folder / "first.vaep"
    tools.compile(pathlib.Path(__file__).with_name("optimizers.vae"), package=package)
    data = tools.array("data", inputs.points(4 * 14))
    losses = []
    for words in ([f"--trace={path}"], []):
        saved, log = tools.folder / "trained.safetensors", tools.folder / "log.csv"
        log.unlink(missing_ok=True)
        tools.tool("vae-run", "train", package, f"--data={data}", "--loss=adam", "--batch=4", "--epochs=1", f"--save={saved}", f"--log={log}", f"--device={tools.device}", *words)
        losses.append(saved.read_bytes())
    runs, _ = read_trace(tools, path)
    tools.expect(f"{tools.device} the first ten steps of training", [run["args"]["step"] for run in runs] == list(range(10)))
    tools.expect(f"{tools.device} a trace leaves training as it is", losses[0] == losses[1])


def test(tools, _):
    tools.weights = tools.folder / "w.safetensors"
    inputs.save_safetensors(tools.weights, {"table": np.ones((4, 3), np.float32)})
    tools.compile(pathlib.Path(__file__).with_name("loops.vae"))
    tools.array("x", np.ones((4, 3), np.float32))
    for tools.device in ("cpu", "vulkan"):
        check_traces(tools, check_profile(tools))
        check_training(tools)


if __name__ == "__main__":
    harness.main(__doc__, test)
