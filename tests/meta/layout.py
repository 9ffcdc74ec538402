#!/usr/bin/env python3
"""The top level holds what it should and no more, every folder that is a library and every room of the runtime has its README, and files and folders stay small enough to be
read. The length of functions is clang-tidy's business (.ci/lint)."""
import collections
import pathlib
import subprocess
import sys

TOP = {"frontend", "ir", "passes", "backends", "runtime", "tests", "examples", "CMakeLists.txt", "CMakePresets.json", "README.md"}
PRODUCT = ("frontend/", "ir/", "passes/", "backends/", "runtime/")
MAX_LINES = 500  # of a source of the product
MAX_FILES = 25  # of a folder: more are a list to be searched, and ask for folders by what the files are for
LARGE = {
    "ir/ops": "a family of ops is .td, .h and .cpp: one kind of files, named as what they hold",
    "tests/frontend": "one or two texts a construct of the language",
    "tests/passes": "one or two texts a pass, named as its flag",
    "tests/e2e": "a model and its script a subject",
    "tests/ops/form": "two texts an op, named as it",
    "tests/ops/numbers/references": "one file of numbers an op, named as it",
}


def layout(root, files):
    for top in sorted({f.split("/")[0] for f in files}):
        if top not in TOP and not top.startswith("."):
            yield f"{top}: not part of the layout"
    for cmake in (f for f in files if f.endswith("CMakeLists.txt") and f.split("/")[0] in TOP):
        folder = pathlib.PurePosixPath(cmake).parent
        if folder.parts and folder.parts[0] != "tests" and "add_library" in (root / cmake).read_text().replace("vae_add_compiler_library", "add_library"):
            if not (root / folder / "README.md").exists():
                yield f"{folder}: a library without a README.md"
    rooms = {str(pathlib.PurePosixPath(f).parent) for f in files if f.startswith("runtime/") and f.endswith((".h", ".cpp"))}
    yield from (f"{room}: a room without a README.md" for room in sorted(rooms) if not (root / room / "README.md").exists())


def sizes(root, files):
    for file in files:
        if file.startswith(PRODUCT) and file.endswith((".h", ".cpp", ".td", ".def", ".fbs")):
            lines = len((root / file).read_text().splitlines())
            if lines > MAX_LINES:
                yield f"{file}: {lines} lines, at most {MAX_LINES}"
    counts = collections.Counter(str(pathlib.PurePosixPath(f).parent) for f in files)
    for folder, count in sorted(counts.items()):
        if count > MAX_FILES and folder not in LARGE:
            yield f"{folder}: {count} files, at most {MAX_FILES}"
    for folder in LARGE:
        if counts[folder] <= MAX_FILES:
            yield f"{folder}: {counts[folder]} files are no exception any more"


def main():
    root = pathlib.Path(sys.argv[1])
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    files = [f for f in listed if (root / f).exists()]
    wrong = [*layout(root, files), *sizes(root, files)]
    print("\n".join(wrong) or f"{len(files)} files in their places")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
