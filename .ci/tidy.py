#!/usr/bin/env python3
"""clang-tidy over the sources of the product. Needs a complete build: its commands, generated headers and recorded dependencies.

    .ci/tidy.py BUILD [SOURCE...]      all sources, or those named and their neighbours

Nearly all of its time goes into walking MLIR's headers, so it looks at what the build compiles: units of eight sources with the preset `ci`. A unit that
was clean is not looked at again until one of its sources, a header of ours that it includes, its command, the configuration or the linter changes.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
TIDY = "clang-tidy-22"
FOLDERS = ("frontend/", "ir/", "passes/", "backends/", "runtime/")


@functools.cache
def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class Unit:
    """What a build compiles at once: one source, or some of a library that CMake put together. Has what clang-tidy needs to know of it."""

    def __init__(self, entry):
        self.file, self.command = entry["file"], entry["command"]
        (self.object,) = re.findall(r" -o (\S+)", self.command)
        self.sources = [self.file]
        if "/Unity/" in self.file:
            self.sources = re.findall(r'^#include "(.*\.cpp)"$', pathlib.Path(self.file).read_text(), re.MULTILINE)

    def is_product(self):
        """Not for tests, and not generated."""
        return not self.object.startswith("tests/") and self.sources[0].startswith(tuple(f"{ROOT}/{folder}" for folder in FOLDERS))


class Cache:
    """One empty file for each state of a unit that was found clean, in the build folder."""

    def __init__(self, build):
        self.build, self.folder = build, build / "tidy"
        self.folder.mkdir(exist_ok=True)
        version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
        self.common = version + digest(ROOT / ".clang-tidy")
        self.dependencies = self.read_dependencies()

    def read_dependencies(self):
        """What the compiler read for each object, as ninja recorded it."""
        listed = subprocess.run(["ninja", "-C", self.build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
        found, current = {}, []
        for line in listed.splitlines():
            if line.startswith("    "):
                current.append(os.path.normpath(os.path.join(self.build, line.strip())))
            elif ":" in line:
                current = found.setdefault(line.split(":")[0], [])
        return found

    def key(self, unit):
        """A file named by all that a verdict on the unit hangs on. Upstream's headers change with the linter's version, and a precompiled header is one of them."""
        ours = sorted(file for file in self.dependencies.get(unit.object, []) if file.startswith(f"{ROOT}/") and not file.endswith(".pch"))
        text = "\n".join([self.common, unit.command, *map(digest, ours)])
        return self.folder / hashlib.sha256(text.encode()).hexdigest()

    def check(self, unit):
        """What the linter says of the unit; nothing where it is clean."""
        key = self.key(unit)
        if key.exists():
            return ""
        result = subprocess.run([TIDY, "-p", self.build, "--quiet", unit.file], capture_output=True, text=True)
        if result.returncode == 0:
            key.touch()
            return ""
        return result.stdout or result.stderr


def main():
    build, named = pathlib.Path(sys.argv[1]).resolve(), {str(ROOT / name) for name in sys.argv[2:]}
    units = [unit for unit in map(Unit, json.loads((build / "compile_commands.json").read_text())) if unit.is_product()]
    wanted = [unit for unit in units if not named or named & set(unit.sources)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(zip(wanted, pool.map(Cache(build).check, wanted)))
    print("".join(text for _, text in found), end="")
    failed = sum(bool(text) for _, text in found)
    print(f"{sum(len(unit.sources) for unit, text in found if not text)} passed, {failed} failed")
    sys.exit(bool(failed) or not wanted)


if __name__ == "__main__":
    main()
