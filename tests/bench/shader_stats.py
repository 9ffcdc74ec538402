#!/usr/bin/env python3
"""What a compiler for real GPUs makes of the kernels of all examples: registers, spills, and what their innermost loops consist of.

    python3 tests/bench/shader_stats.py --bin=build/dev/bin [--model=vqvae] [--check]

AMD's compiler in Mesa works without a card: RADV's null hardware compiles and runs nothing. FMA is the share of fused multiply-adds among the
vector instructions of a kernel's innermost loop (the one with most of them that stores no result: where the driver unrolls a short product, no
loop is left that is one). With --check, fails on a kernel that spills registers and on a
product over windows below its bound. Exit code 77: this machine's Mesa has no such hardware.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
SKIPPED = 77
# Mesa 22 and 23 name chips by their instruction set, later ones by their code name.
FAMILIES = ("gfx1100", "navi31")
# Least share of FMAs, and from how many outputs of a group on: with fewer, an element that was read meets few of them, and its address weighs more.
# 96 % where the inputs of a group are a multiple of 16; 82 % is the least otherwise, for taps of their own for each thread cost addresses.
BOUNDS = {"Direct": (33, 0.80)}


def find_driver():
    for folder in ("/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"):
        for file in sorted(pathlib.Path(folder).glob("radeon_icd*.json")):
            return file
    return None


def describe(tool, package):
    """One record a kernel, or None where no family is known to the driver."""
    driver = find_driver()
    for family in FAMILIES if driver else ():
        environment = os.environ | {"VK_ICD_FILENAMES": str(driver), "RADV_FORCE_FAMILY": family}
        done = subprocess.run([tool, package], env=environment, capture_output=True, text=True)
        if done.returncode == 0:
            return [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != SKIPPED:
            sys.exit(done.stderr)
    return None


def read_assembly(text):
    """Instructions in order, and the position of each label."""
    instructions, labels = [], {}
    for line in text.splitlines():
        if label := re.match(r"(BB\d+):", line):
            labels[label[1]] = len(instructions)
        elif instruction := re.match(r"\s+([a-z]\w+)([^;]*)", line):
            instructions.append((instruction[1], instruction[2].strip()))
    return instructions, labels


def find_innermost_loops(instructions, labels):
    """Spans of instructions from the target of a backward branch to the branch, where no other such span lies inside."""
    spans = []
    for position, (name, operands) in enumerate(instructions):
        if "branch" in name and labels.get(operands, position + 1) <= position:
            spans.append((labels[operands], position + 1))
    return [a for a in spans if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in spans)]


def count_mix(instructions):
    """Fused multiply-adds, all vector instructions, loads from buffers and from shared memory."""
    fused = vector = loads = shared = 0
    for name, operands in instructions:
        vector += name.startswith("v_")
        fused += (name + operands).count("fma") if name.startswith("v_") else 0
        loads += name.startswith(("buffer_load", "global_load"))
        shared += name.startswith(("ds_load", "ds_read"))
    return fused, vector, loads, shared


def find_mix(record):
    instructions, labels = read_assembly(record["assembly"])
    loops = find_innermost_loops(instructions, labels)
    bodies = [instructions[begin:end] for begin, end in loops]
    return max((count_mix(body) for body in bodies if not any("_store" in name and "ds_" not in name for name, _ in body)), default=(0, 0, 0, 0))


def find_faults(record, fused, vector):
    statistics, faults = record["statistics"], []
    if statistics["Spilled VGPRs"] or statistics["Spilled SGPRs"]:
        faults.append("spills registers")
    outputs, bound = BOUNDS.get(record["strategy"], (0, 0))
    if record["grid"][0] >= outputs and fused < bound * vector:
        faults.append(f"has {fused} FMAs in {vector} vector instructions of its loop, fewer than {bound:.0%}")
    return [f"{record['kernel']} ({record['strategy']}) {fault}" for fault in faults]


def show(records):
    faults = []
    print(f"  {'kernel':<56} {'strategy':<16} {'VGPRs':>5} {'spilled':>7} {'waves':>5} {'shared':>6} {'FMA / vector':>12} {'':>5} {'loads':>5} {'LDS':>4}")
    for record in sorted(records, key=lambda record: record["strategy"]):
        statistics, (fused, vector, loads, shared) = record["statistics"], find_mix(record)
        share = f"{fused / vector:5.0%}" if fused else ""
        print(f"  {record['kernel']:<56} {record['strategy']:<16} {statistics['VGPRs']:5} {statistics['Spilled VGPRs']:7} {statistics['Subgroups per SIMD']:5} "
              f"{statistics['LDS size']:6} {fused:5} / {vector:4} {share:>5} {loads:5} {shared:4}")
        faults += find_faults(record, fused, vector)
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    sources = [file for file in sorted(EXAMPLES.glob(f"*/{arguments.model or '*'}.vae")) if re.search(r"^model ", file.read_text(), re.MULTILINE)]
    faults, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            package = pathlib.Path(folder) / f"{source.stem}.vaep"
            subprocess.run([arguments.bin / "vaec", source, "--target=vulkan", "-o", package], check=True)
            records = describe(arguments.bin / "shader-stats", package)
            if records is None:
                print(f"skipped: Mesa's RADV is not installed, or knows none of {', '.join(FAMILIES)} as null hardware that states what it compiles to")
                sys.exit(SKIPPED)
            print(source.stem)
            faults += show(records)
            count += len(records)
    print(f"{count} kernels, {len(faults)} faults", *faults, sep="\n")
    sys.exit(1 if arguments.check and faults else 0)


if __name__ == "__main__":
    main()
