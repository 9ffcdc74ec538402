#!/usr/bin/env python3
"""clang-tidy over the sources of the product. A source that was clean is not looked at again until it, a header of ours that it includes, its
command, the configuration or the linter changes. Needs a complete build: its commands, generated headers and recorded dependencies.

    .ci/tidy.py BUILD [SOURCE...]      all sources, or those named
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


class Cache:
    """One empty file for each state of a source that was found clean, in the build folder."""

    def __init__(self, build):
        self.build, self.folder = build, build / "tidy"
        self.folder.mkdir(exist_ok=True)
        version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
        self.common = version + digest(ROOT / ".clang-tidy")
        self.commands = {os.path.realpath(entry["file"]): entry for entry in json.loads((build / "compile_commands.json").read_text())}
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

    def key(self, source):
        """Upstream's headers change with the version of the linter, and a precompiled header is one of them."""
        command = self.commands[str(source)]
        (output,) = re.findall(r" -o (\S+)", command["command"])
        ours = sorted(header for header in self.headers.get(output, []) if header.startswith(f"{ROOT}/") and not header.endswith(".pch"))
        text = "\n".join([self.common, command["command"], digest(source), *map(digest, ours)])
        return self.folder / hashlib.sha256(text.encode()).hexdigest()

    def check(self, source):
        """What the linter says of the source; nothing where it is clean."""
        key = self.key(source)
        if key.exists():
            return ""
        result = subprocess.run([TIDY, "-p", self.build, "--quiet", source], capture_output=True, text=True)
        if result.returncode == 0:
            key.touch()
            return ""
        return result.stdout or result.stderr


def main():
    build, named = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    listed = named or subprocess.run(["git", "-C", ROOT, "ls-files", "*.cpp"], check=True, capture_output=True, text=True).stdout.split()
    cache = Cache(build)
    # A tool's source that this build lacks, such as one for another machine, has no command.
    sources = [ROOT / name for name in listed if name.startswith(FOLDERS) and str(ROOT / name) in cache.commands]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(filter(None, pool.map(cache.check, sources)))
    print("".join(found), end="")
    print(f"{len(sources) - len(found)} passed, {len(found)} failed")
    sys.exit(bool(found) or not sources)


if __name__ == "__main__":
    main()
