#!/usr/bin/env python3
"""Fails where an #include (or a .td include) goes against the layering: frontend -> ir <- passes -> backends -> runtime/abi."""
import pathlib
import re
import sys

# folder: what it may include, by prefix. The longest matching folder decides.
ALLOWED = {
    "frontend": ("frontend", "ir"),
    "ir": ("ir",),
    "ir/program": ("ir/program",),
    "passes": ("passes", "ir"),
    "backends": ("backends", "ir/program", "runtime/abi"),
    "backends/vaec": ("frontend", "ir", "passes", "backends", "runtime"),
    "runtime": ("runtime",),
    "runtime/abi": ("runtime/abi",),
}
OURS = ("frontend/", "ir/", "passes/", "backends/", "runtime/")
EXTERNAL = ("mlir/", "llvm/", "lld/")


def folder_of(path):
    return max((f for f in ALLOWED if path == f or path.startswith(f + "/")), key=len)


def violations(root):
    for file in sorted(p for folder in OURS for p in (root / folder).rglob("*") if p.suffix in (".h", ".cpp", ".td", ".c")):
        name = file.relative_to(root).as_posix()
        folder = folder_of(name)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'\s*#?\s*include\s+[<"]([^>"]+)[>"]', line)
            if not match:
                continue
            target = match[1]
            ours = target.startswith(OURS)
            fits = any(target.startswith(prefix + "/") for prefix in ALLOWED[folder])
            if (ours and not fits) or (folder.startswith("runtime") and target.startswith(EXTERNAL)):
                yield f"{name}:{number}: {folder}/ may not include {target}"


def main():
    root = pathlib.Path(sys.argv[1])
    found = list(violations(root))
    print("\n".join(found) or "no include goes against the layering")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
