#!/usr/bin/env python3
"""Runs within a limit of memory: strips of pictures and of batches give what a run at once gives, and the process stays within the limit.

    memory_limit.py --bin=build/dev/bin

The runs at once are compared with PyTorch elsewhere (check.py), so they are the reference here. Winograd's tiles lie differently in a strip: values
may differ by its rounding.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np

import harness

SOURCE = pathlib.Path(__file__).with_suffix(".vae")
MIB = 1 << 20
TOLERANCE = 1e-5
# An entry and its input: pictures whose sizes divide by nothing, one and several; rows.
CASES = [("decode", "z", (1, 4, 61, 37)), ("decode", "z", (3, 4, 40, 16)), ("encode", "x", (1, 3, 324, 260)), ("both", "z", (1, 4, 256, 160)),
         ("rows", "x", (512, 64))]


def draw(shape):
    return np.random.RandomState(3).normal(size=shape).astype(np.float32)


# A process counts what its parent held when it began, so a small one starts it, and prints its exit code and the most kilobytes that it had.
STARTER = ("import os, sys; _, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0); "
           "print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)")


def run(tools, entry, *words):
    """Exit code, text of errors, and bytes that the process had at most."""
    command = [tools.bin / "vae-run", "run", tools.package, entry, f"--device={tools.device}", f"--weights={tools.folder / 'w.safetensors'}", *words]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, *map(str, command)], capture_output=True, text=True,
                          env=dict(os.environ, VAE_VULKAN="validation"))
    code, kilobytes = map(int, done.stdout.split()[-2:])
    return code, done.stderr, kilobytes * 1024


def least(tools, entry, given):
    """The least limit in MiB, as the tool names it where it is given too little."""
    code, text, _ = run(tools, entry, given, "--memory=1MiB")
    own = re.search(r"less than the (\d+) MiB that vae-run itself needs", text)
    limit = int(own.group(1)) + 1 if own else 1
    code, text, _ = run(tools, entry, given, f"--memory={limit}MiB")
    found = re.search(r"needs (\d+) MiB on \w+ in the smallest pieces; the limit is \d+ MiB", text)
    tools.expect(f"{tools.device} {entry}: too little is refused with the least that would do", code == 1 and found)
    assert found, text
    return int(found.group(1)) + 1


def test_case(tools, entry, name, shape):
    given = f"{name}={tools.array(name, draw(shape))}"
    whole, limited = tools.folder / "whole.npy", tools.folder / "limited.npy"
    code, text, needed = run(tools, entry, given, "-o", whole)
    assert code == 0, text
    expected, low = np.load(whole), least(tools, entry, given)
    for limit in (low, low + max(needed // MIB - low, 2) // 2):
        code, text, used = run(tools, entry, given, f"--memory={limit}MiB", "-o", limited)
        tools.expect(f"{tools.device} {entry}{list(shape)} runs in {limit} MiB, {needed // MIB} at once", code == 0)
        if code:
            print(text)
            continue
        tools.compare(f"{entry}{list(shape)} in {limit} MiB", np.load(limited), expected, TOLERANCE)
        if tools.device == "cpu":
            tools.expect(f"the process had {used // MIB} MiB of {limit}", used <= limit * MIB)


def test_refusals(tools):
    """What can't be divided: numbers drawn by their place, loops, training. And limits that are none."""
    z, x = f"z={tools.array('z', draw((16, 4, 256, 256)))}", f"x={tools.array('x', draw((65536, 64)))}"
    for entry, given, reason in (("noisy", z, "in the smallest pieces"), ("over_and_over", x, "can't run in pieces"),
                                 ("cost.gradient", f"x={tools.array('pictures', draw((8, 3, 128, 128)))}", "can't run in pieces")):
        code, message, _ = run(tools, entry, given, "--memory=8MiB")
        tools.expect(f"{entry} is refused: {message.strip()}", code == 1 and reason in message and "the limit is 8 MiB" in message)
    for text in ("0", "-1", "lots", "1e9", "5 parsecs", "1e300GB"):
        code, message, _ = run(tools, "decode", z, f"--memory={text}")
        tools.expect(f"--memory={text} is refused", code != 0 and "amount of memory" in message)


def test_info(tools):
    """What an entry needs in less memory is told without running it: less memory is more work, and small entries are not divided."""
    def plans(*sizes):
        told = tools.tool("vae-run", "info", tools.package, *sizes, "--json", capture_output=True, text=True).stdout
        return {program["name"]: program.get("memory", {}).get("plans") for program in json.loads(told)["programs"]}

    large = plans("B=1", "H=160", "W=160")["decode"]
    tools.expect(f"info: {len(large)} plans, work " + ", ".join(f"{plan['work']:.2f}" for plan in large), len(large) >= 3 and large[0]["work"] == 1)
    for more, less in zip(large, large[1:]):
        tools.expect(f"{less['bytes']} bytes are fewer than {more['bytes']}, and more work", less["bytes"] < more["bytes"] and less["work"] >= more["work"])
    tools.expect("an entry that needs little is not divided", plans("B=1", "H=8", "W=8")["decode"] == [])


def test(tools, _):
    tools.compile(SOURCE)
    x = draw((1, 3, 32, 32))
    tools.train({"x": x}, "--steps=1", "--batch=1", save="w.safetensors")
    for tools.device in ("cpu", "vulkan"):
        for case in CASES:
            test_case(tools, *case)
    test_refusals(tools)
    test_info(tools)


harness.main(__doc__, test)
