#!/usr/bin/env python3
"""Does what "Add an op" in ir/README.md says: applies the recorded change of Inputs/add_op.diff to a copy of the sources, builds the op and runs its tests.

What the family's definitions are compiled into, and what the change touches, is compiled anew and linked with the objects of the build: no other object
depends on what was added.

    add_op.py SOURCE BUILD LIT
"""
import pathlib
import re
import sys

from workshop import Workshop, changed_files, changed_sources

OP, CLASS = "mish", "MishOp"
FAMILY = "ir/ops/Elementwise"
TOOLS = ("bin/vaec", "bin/vae-opt")


def check_cost(diff):
    sources = changed_sources(diff)
    assert sum(sources.values()) == 2, f"the change costs more than two edits of the sources: {sources}"
    return [name for name in sources if name.endswith(".cpp")]


def check_guide(source):
    """The guide names the files that the change edits."""
    guide = (source / "ir" / "README.md").read_text().split("## Add an op")[1]
    diff = (pathlib.Path(__file__).parent / "Inputs" / "add_op.diff").read_text()
    for name in changed_files(diff):
        assert pathlib.Path(name).name in guide, f"the guide does not name {name}"
    return diff


def build(workshop, touched):
    for name in (f"{FAMILY}.h.inc", f"{FAMILY}.cpp.inc"):
        workshop.require(name)
    workshop.compile([f"{FAMILY}Ops.cpp"])  # written by CMake, see ir/Family.cpp.in
    # The formula and the gradient are demanded by name.
    without = workshop.make("bin/vae-opt")
    for method in ("buildScalar", "buildVjp"):
        assert without.returncode and re.search(rf"{CLASS}::{method}", without.stderr), "an op without its formula or gradient links"
    workshop.compile(touched)
    for tool in TOOLS:
        workshop.require(tool)


def test(workshop, lit):
    workshop.run_lit(lit, rf"ops/form/{OP}(-invalid)?\.mlir")
    workshop.run_numbers(OP)
    workshop.run(sys.executable, workshop.source / "tests/meta/op_coverage.py", workshop.copy, workshop.output / "bin")


def main():
    source, build_folder, lit = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    diff = check_guide(source)
    touched = check_cost(diff)
    workshop = Workshop(source, build_folder, "add_op", TOOLS, diff)
    build(workshop, touched)
    test(workshop, lit)


if __name__ == "__main__":
    main()
