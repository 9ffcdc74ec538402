"""Fails where a message of Diagnostics.def is expected by no test of the folder. Usage: diagnostic_coverage.py DEF FOLDER"""
import pathlib
import re
import sys

definitions = re.findall(r'^VAE_DIAGNOSTIC\((\w+), (Error|Note), "((?:[^"\\]|\\.)*)"\)', pathlib.Path(sys.argv[1]).read_text(), re.M)
# Only what tests demand counts: expected-... comments and lines that FileCheck or a RUN line matches.
demand = re.compile(r"expected-(?:error|note)|^\s*(?://\s*)?[A-Z0-9]+(?:-[A-Z]+)?:", re.M)
demanded = [
    line
    for path in sorted(pathlib.Path(sys.argv[2]).iterdir())
    if path.suffix in (".vae", ".test")
    for line in path.read_text().splitlines()
    if demand.search(line)
]


def is_demanded(name, level, text):
    if level == "Error":
        return any(f"[{name}]" in line for line in demanded)
    pattern = re.compile(".+".join(re.escape(part) for part in re.split(r"\{\d+\}", text)))
    return any("note" in line and pattern.search(line) for line in demanded)


missing = [name for name, level, text in definitions if not is_demanded(name, level, text)]
if len(definitions) < 50:
    sys.exit(f"only {len(definitions)} messages found in {sys.argv[1]}")
if missing:
    sys.exit("no test expects: " + ", ".join(missing))
