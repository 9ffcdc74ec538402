#!/usr/bin/env python3
"""clang-tidy over the sources of the product. Needs a complete build: its generated headers and recorded dependencies.

    .ci/tidy.py BUILD [SOURCE...]      all sources, or those named and their neighbours

Nearly all of its time goes into walking MLIR's headers, so sources are looked at in CMake's units of eight, as the release preset builds them: names
of a library are unique in it. A unit that was clean is not looked at again until one of its sources, a header of ours that it includes, a command,
the configuration or the linter changes.
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


def read_commands(build):
    """The entry of each source that a build compiles."""
    return {os.path.realpath(entry["file"]): entry for entry in json.loads((build / "compile_commands.json").read_text())}


class Units:
    """A build folder that is configured only: its units, compiled with the headers of a complete build."""

    def __init__(self, build):
        self.folder = build / "units"
        words = ["cmake", "--preset", "dev", "-B", self.folder, "-DCMAKE_UNITY_BUILD=ON"]
        subprocess.run(words, check=True, capture_output=True, cwd=ROOT)
        listed = self.folder / "compile_commands.json"
        text = listed.read_text()
        for made in ("-isystem ", "-include-pch -Xclang ", "-include -Xclang "):
            text = text.replace(f"{made}{self.folder}", f"{made}{build}")
        listed.write_text(text)
        sources = {file: self.read_unit(file) for file in read_commands(self.folder)}
        self.sources = {file: unit for file, unit in sources.items() if self.is_product(unit[0])}

    def is_product(self, source):
        """Not of tests, and not generated."""
        return source.startswith(tuple(f"{ROOT}/{folder}" for folder in FOLDERS))

    def read_unit(self, file):
        """The sources of a unit; a source that stands alone is one."""
        return re.findall(r'^#include "(.*\.cpp)"$', pathlib.Path(file).read_text(), re.MULTILINE) if "/Unity/" in file else [file]


class Cache:
    """One empty file for each state of a unit that was found clean, in the build folder."""

    def __init__(self, build):
        self.build, self.folder = build, build / "tidy"
        self.folder.mkdir(exist_ok=True)
        version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
        self.common = version + digest(ROOT / ".clang-tidy")
        self.commands = read_commands(build)
        self.headers = self.read_dependencies()

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

    def describe(self, source):
        """All that a verdict on the source hangs on. Upstream's headers change with the linter's version, and a precompiled header is one of them."""
        command = self.commands[source]["command"]
        (output,) = re.findall(r" -o (\S+)", command)
        ours = sorted(header for header in self.headers.get(output, []) if header.startswith(f"{ROOT}/") and not header.endswith(".pch"))
        return "\n".join([command, digest(source), *map(digest, ours)])

    def key(self, sources):
        text = "\n".join([self.common, *map(self.describe, sources)])
        return self.folder / hashlib.sha256(text.encode()).hexdigest()

    def check(self, units, unit):
        """What the linter says of the unit; nothing where it is clean."""
        key = self.key(units.sources[unit])
        if key.exists():
            return ""
        result = subprocess.run([TIDY, "-p", units.folder, "--quiet", unit], capture_output=True, text=True)
        if result.returncode == 0:
            key.touch()
            return ""
        return result.stdout or result.stderr


def main():
    build, named = pathlib.Path(sys.argv[1]).resolve(), {str(ROOT / name) for name in sys.argv[2:]}
    cache, units = Cache(build), Units(build)
    wanted = [unit for unit, sources in units.sources.items() if not named or named & set(sources)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(zip(wanted, pool.map(functools.partial(cache.check, units), wanted)))
    print("".join(text for _, text in found), end="")
    failed = sum(bool(text) for _, text in found)
    print(f"{sum(len(units.sources[unit]) for unit, text in found if not text)} passed, {failed} failed")
    sys.exit(bool(failed) or not wanted)


if __name__ == "__main__":
    main()
