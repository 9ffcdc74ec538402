"""Compiles each example of the grammar's tables, wrapped by its table's kind. Usage: readme_examples.py README.md FOLDER"""
import pathlib
import re
import subprocess
import sys

PAIR = "func pair(x: f32[B, 8]) -> (first: f32[B, 8], second: f32[B, 8]) { return x, x }\n"
WRAP = {
    "declaration": lambda row, text: text if row == "model" else text + "\nmodel m { func f(x: f32[B, 8]) { return x } }"
    if row in ("block", "use") else ('use "inner.vae"\n' if row == "part" else "") + "model m {\n" + text + "\n}",
    "statement": lambda row, text: "model m {\n" + PAIR + ("loss" if row == "report" else "func") + " f(x: f32[B, 8]) {\n" + text
    + ("" if row == "return" else "\nreturn mean(x)") + "\n}\n}",
    "expression": lambda row, text: "model m {\n" + PAIR + "func f(x: f32[B, 8]) {\ny = " + text + "\nreturn y\n}\n}",
}

folder = pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
(folder / "blocks.vae").write_text("block Empty(x) { return x }\n")
(folder / "inner.vae").write_text("model inner(latent: int = 2) { func encode(x: f32[B, 8]) { return x |> linear(latent) @fc } }\n")
kind, count, failed = None, 0, False
for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
    cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    if len(cells) != 3:
        continue
    if cells[0] in WRAP:
        kind = cells[0]
    example = re.fullmatch(r"`(.+)`", cells[2])
    if kind and example:
        source = folder / f"{kind}_{cells[0]}.vae"
        source.write_text(WRAP[kind](cells[0], example[1]))
        result = subprocess.run(["vae-parse", source], capture_output=True, text=True)
        count += 1
        if result.returncode:
            failed = True
            print(f"{kind} {cells[0]}:\n{source.read_text()}\n{result.stderr}")
if failed or count < 20:
    sys.exit(f"{count} examples, some do not compile" if failed else f"only {count} examples found")
