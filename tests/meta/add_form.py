#!/usr/bin/env python3
"""Does what "Add a form" in backends/README.md says: makes the recorded change of Inputs/add_form.diff, which gives running sums a form of their own, in a
workshop, builds what it touches and runs its tests. It must cost at most eight sources.

    add_form.py SOURCE BUILD LIT
"""
import pathlib
import sys

from workshop import Workshop, changed_files, changed_sources

MOST_SOURCES = 8
OP, FAMILY = "cumsum", "ir/ops/Scans"
PROGRAM = "ir/program/Program"
GENERATED = [f"{name}.{kind}.inc" for name in (FAMILY, f"{PROGRAM}Enums", f"{PROGRAM}Attrs", f"{PROGRAM}Ops") for kind in ("h", "cpp")]
# What TableGen writes, and the devices' tables of strategies, are compiled into these.
UNITS = (f"{FAMILY}Ops.cpp", f"{PROGRAM}.cpp", "backends/cpu/CpuBackend.cpp", "backends/vulkan/VulkanBackend.cpp")
VALUES = "tests/ops/op_test"
TOOLS = ("bin/vaec", "bin/vae-opt", "bin/kernel-to-code", "bin/kernel-to-spirv", VALUES)


def check_cost(diff):
    sources = changed_sources(diff)
    assert len(sources) <= MOST_SOURCES, f"a form costs {len(sources)} sources: {', '.join(sources)}"


def check_guide(source, diff):
    """The guide names the files that the change edits, or their folders."""
    guide = (source / "backends" / "README.md").read_text().split("## Add a form")[1]
    for name in changed_sources(diff):
        assert name in guide or str(pathlib.Path(name).parent).removeprefix("backends/") in guide, f"the guide does not name {name}"


def build(workshop, diff):
    for name in GENERATED:
        workshop.require(name)
    workshop.compile([*UNITS, *(name for name in changed_files(diff) if name.endswith(".cpp"))])
    for tool in TOOLS:
        workshop.require(tool)


def test(workshop, lit):
    workshop.run_lit(lit, r"(ops/form|backends/.*)/(cumsum|scan)[^/]*\.(mlir|vae)")
    workshop.run(workshop.output / VALUES, "gradients equal*", "-c", OP, "-w", "NoAssertions")
    workshop.run_numbers(OP)


def main():
    source, build_folder, lit = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    diff = (pathlib.Path(__file__).parent / "Inputs" / "add_form.diff").read_text()
    check_guide(source, diff)
    check_cost(diff)
    workshop = Workshop(source, build_folder, "add_form", TOOLS, diff)
    build(workshop, diff)
    test(workshop, lit)


if __name__ == "__main__":
    main()
