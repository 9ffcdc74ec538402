#!/usr/bin/env python3
"""Every error text of the dialects and passes is what some test expects: the registered ones of each Messages.def, and free texts.

A text is what a statement with `emitError`, `emitOpError`, `emitOptionalError` or `attachNote` writes, or one that formats or returns words: its literals in
order, anything between them. It is covered where the literals occur in that order in what one line of a test expects: an `expected-error`, a FileCheck line, a string of a C++ or Python test.

It can't see texts put together elsewhere and handed over in a variable, which of several statements with the same text spoke, or whether a test that is
listed runs: that the expected texts do come is what those tests fail by.

    message_coverage.py SOURCE [FOLDER...]
"""
import pathlib
import re
import sys

FOLDERS = ("ir", "passes")
SPEAKS = re.compile(r'\b(emitOpError|emitError|emitOptionalError|attachNote)\(|\bformatv\((?="[^"]*`)|\breturn (?="[^"]* [^"]* )')
REGISTERED = re.compile(r'^VAE_MESSAGE\((\w+), "((?:[^"\\]|\\.)*)"\)$', re.M)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def statement(text, start):
    """From `start` to the semicolon that ends the statement, comments left out."""
    depth, i = 0, start
    while i < len(text):
        literal = LITERAL.match(text, i)
        if literal:
            i = literal.end()
            continue
        depth += text[i] in "([{"
        depth -= text[i] in ")]}"
        if text[i] == ";" and depth <= 0:
            break
        i += 1
    return re.sub(r"//[^\n]*", "", text[start:i])


def pieces(code):
    """The literals in order: adjacent ones joined, alternatives of `a ? b : c` left open, empty ones dropped."""
    code = re.sub(r'"\s*\n\s*"', "", code)
    code = re.sub(r'\?\s*"(?:[^"\\]|\\.)*"\s*:\s*"(?:[^"\\]|\\.)*"', "? :", code)
    found = [part for literal in LITERAL.findall(code) for part in re.split(r"\{\d+\}", literal.encode().decode("unicode_escape"))]
    return [piece for piece in found if piece.strip(" `'\"()[],")]


def messages(root, folder):
    for path in sorted((root / folder).rglob("Messages.def")):
        for match in REGISTERED.finditer(path.read_text()):
            yield f"{path.relative_to(root)}: {match[1]}", [piece for piece in re.split(r"\{\d+\}", match[2].replace('\\"', '"')) if piece.strip()]
    for path in sorted((root / folder).rglob("*.cpp")):
        text = path.read_text()
        for match in SPEAKS.finditer(text):
            found = pieces(statement(text, match.start()))
            if found:
                yield f"{path.relative_to(root)}:{text[:match.start()].count(chr(10)) + 1}", found


def expected_texts(root):
    """Lines of tests that expect a text."""
    for path in sorted((root / "tests").rglob("*")):
        if path.suffix in (".mlir", ".vae", ".test"):
            for line in path.read_text().splitlines():
                if re.search(r"expected-(error|note|warning)|^[/# ]*[A-Z]+(-[A-Z]+)?:", line):
                    yield line
        elif path.suffix in (".cpp", ".py"):
            yield re.sub(r'"\s*\n\s*"', "", path.read_text()).replace('\\"', '"')


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    corpus = list(expected_texts(root))
    count, missing = 0, []
    for folder in sys.argv[2:] or FOLDERS:
        for place, found in messages(root, folder):
            count += 1
            pattern = re.compile(r"[^\n]*?".join(re.escape(piece.strip()) for piece in found))
            if not any(pattern.search(text) for text in corpus):
                missing.append(f"{place}: no test expects \"{'...'.join(found)}\"")
    print("\n".join(missing + [f"{count} messages, {len(missing)} that no test expects"]))
    sys.exit(bool(missing) or not count)


if __name__ == "__main__":
    main()
