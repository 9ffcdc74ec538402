#!/usr/bin/env python3
"""The top level holds what it should and no more; every folder that is a library has its README."""
import pathlib
import subprocess
import sys

TOP = {"frontend", "ir", "passes", "backends", "runtime", "tests", "examples", "CMakeLists.txt", "CMakePresets.json", "README.md"}
MAX_README_LINES = 60  # frontend/ and ir/ carry a reference; the others stay near ten


def main():
    root = pathlib.Path(sys.argv[1])
    files = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    wrong = [f"{top}: not part of the layout" for top in sorted({f.split("/")[0] for f in files}) if top not in TOP and not top.startswith(".")]
    for cmake in (f for f in files if f.endswith("CMakeLists.txt") and f.split("/")[0] in TOP):
        folder = pathlib.PurePosixPath(cmake).parent
        if folder.parts and folder.parts[0] != "tests" and "add_library" in (root / cmake).read_text().replace("vae_add_compiler_library", "add_library"):
            if not (root / folder / "README.md").exists():
                wrong.append(f"{folder}: a library without a README.md")
    print("\n".join(wrong) or f"{len(files)} files in their places")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
