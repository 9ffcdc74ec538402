#!/usr/bin/env python3
"""Every registered op has a test of its form, one of its misuse, one of its numbers and, where a gradient flows through it, one of that.

Numbers and gradients are compared by a case of tests/ops/numbers/cases.py. An op that no case calls says beside its definition (`numbers`, `gradient`, see
Vae_Op in ir/OpBase.td) which cases make it, which is tried here, or which other test has them, or why there are none.

    op_coverage.py SOURCE BIN
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

STAGES = ("vae", "grad", "fused", "kernels")


def read_ops(source):
    """Records of the dialect's ops by mnemonic."""
    families = [path.relative_to(source) for folder in ("ops", "training") for path in sorted((source / "ir" / folder).glob("*.td"))]
    dump = subprocess.run(["/usr/lib/llvm-22/bin/llvm-tblgen", "-dump-json", "-", "-I.", "-I/usr/lib/llvm-22/include"], cwd=source, check=True,
                          input="".join(f'include "{family}"\n' for family in families), capture_output=True, text=True).stdout
    records = json.loads(dump)
    return {records[name]["opName"]: records[name] for name in records["!instanceof"]["Vae_Op"]}


def is_differentiable(record):
    traits = {trait["def"] for trait in record["traits"]}
    whole = all(argument["def"] == "Vae_IndexTensor" for argument, _ in record["results"]["args"])
    return bool(traits & {"Differentiable", "Decomposable"}) and not whole


class Coverage:
    def __init__(self, source, tools):
        sys.path.insert(0, str(source / "tests" / "ops" / "numbers"))
        from cases import CASES
        from op_numbers import Entry

        self.source, self.tools, self.entry, self.cases, self.wrong = source, tools, Entry, {}, []
        for case in CASES:
            self.cases.setdefault(case.op, []).append(case)

    def check(self, op, record):
        tests = self.source / "tests" / "ops" / "form"
        for path, words in ((tests / f"{op}.mlir", (f"vae.{op}",)), (tests / f"{op}-invalid.mlir", (f"vae.{op}", "expected-error"))):
            text = path.read_text() if path.exists() else ""
            if not all(word in text for word in words):
                self.wrong.append(f"{op}: no test in {path.relative_to(self.source)}")
        self.check_claim(op, "numbers", record["numbers"], self.cases.get(op, []))
        if is_differentiable(record):
            self.check_claim(op, "gradient", record["gradient"] or record["numbers"], [case for case in self.cases.get(op, []) if case.gradient])

    def check_claim(self, op, what, claim, cases):
        """A case of the op's own, or what the op says in place of one."""
        if cases:
            return
        kind, _, rest = claim.partition(" ")
        if kind == "cases":
            names = rest.removeprefix("of ").split(", ")
            if not any(self.makes(name, op, what == "gradient") for name in names):
                self.wrong.append(f"{op}: no case of {' or '.join(names)} makes it ({what})")
        elif kind.startswith("tests/"):
            if not (self.source / kind).exists() or not re.search(rf"\b{op}\b", (self.source / kind).read_text()):
                self.wrong.append(f"{op}: {kind} has nothing of it ({what})")
        elif kind != "none:" or not rest:
            self.wrong.append(f"{op}: no case in tests/ops/numbers/cases.py compares its {what}")

    def makes(self, caller, op, gradient):
        """Whether a case of `caller` leads to the op at some stage."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "case.vae"
            for case in self.cases.get(caller, []):
                if gradient and not case.gradient:
                    continue
                path.write_text("\n".join(["model case() {", *self.entry(case, 0).source(), "}"]) + "\n")
                for stage in STAGES:
                    printed = subprocess.run([self.tools / "vaec", path, f"--emit={stage}"], check=True, capture_output=True, text=True).stdout
                    if re.search(rf"\bvae\.{op}\b", printed):
                        return True
        return False


def main():
    source, tools = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    ops = read_ops(source)
    coverage = Coverage(source, tools)
    for op, record in sorted(ops.items()):
        coverage.check(op, record)
    coverage.wrong += [f"{op}: has cases but is no op" for op in coverage.cases.keys() - ops.keys()]
    print("\n".join(coverage.wrong) or f"{len(ops)} ops, each with its tests")
    sys.exit(bool(coverage.wrong))


if __name__ == "__main__":
    main()
