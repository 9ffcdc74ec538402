#!/usr/bin/env python3
"""Every op on every device against PyTorch in float64 (stored) or NumPy's: values within 1e-5 relative, gradients within 1e-4.

    op_numbers.py --bin=build/dev/bin [--device=cpu,vulkan] [--op=gelu] [--verbose]
"""
import argparse
import concurrent.futures
import functools
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from case import GRADIENT_BATCH, Digest, bound, load_references
from cases import CASES
from library import Library, RuntimeFailure, Session

FORWARD, GRADIENT = 1e-5, 1e-4
PACKAGE_CASES = 12  # compiled together, so that the tools start seldom


class References:
    """What a case's results are compared with, from the store or computed here."""

    def __init__(self, case):
        self.case = case
        self.stored = load_cached(case.op)

    def find(self, what):
        digest = self.stored.get(f"{self.case.key}:{what}")
        if digest is None:
            raise ValueError(f"no stored reference; run tests/ops/numbers/make_references.py {self.case.op}")
        return digest

    def result(self, batch):
        if callable(self.case.formula):
            return Digest.of(self.case.expect(self.case.inputs(batch)))
        return self.find(f"result {batch}")

    def gradients(self):
        """The weighted loss, and its gradients by the names of operands and layer parameters."""
        if not callable(self.case.formula):
            start = f"{self.case.key}:gradient "
            return self.find("loss"), {name[len(start):]: digest for name, digest in self.stored.items() if name.startswith(start)}
        inputs = self.case.inputs(GRADIENT_BATCH)
        weight = inputs.weight(self.result(GRADIENT_BATCH).shape)
        return Digest.of(total(inputs, weight, {})), {name: Digest.of(value) for name, value in central_differences(inputs, weight).items()}


load_cached = functools.lru_cache(None)(load_references)


def total(inputs, weight, replaced):
    """The weighted sum of a formula's results, with other values of some operands and parameters."""
    changed = type(inputs)(inputs.case, GRADIENT_BATCH)
    for values in (changed.operands, changed.layer):
        values.update({name: value for name, value in replaced.items() if name in values})
    return np.sum(inputs.case.expect(changed, training=True) * weight)


def central_differences(inputs, weight, step=1e-5):
    exact = {n: v for n, v in inputs.exact().items() if n not in inputs.case.integers} | inputs.exact_layer()
    result = {}
    for name, array in exact.items():
        gradient = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            above = total(inputs, weight, {name: array})
            array[index] = kept - step
            gradient[index] = (above - total(inputs, weight, {name: array})) / (2 * step)
            array[index] = kept
        result[name] = gradient
    return result


class Entry:
    """A case inside a package: a func and a loss, with parameters of their own."""

    def __init__(self, case, number):
        self.case, self.number, self.references = case, number, References(case)
        self.learned = [n for n in case.operands if n not in case.integers]

    def path(self, name, function):
        """Of an operand or a layer's parameter, in the weights."""
        if name in self.case.parameters:
            return self.case.parameters[name][0].replace("fc.", f"{function}{self.number}.")
        return f"p{self.number}{name}"

    def argument(self, name, shape):
        return f"{name}: {'i32' if name in self.case.integers else 'f32'}" + (f"[{', '.join(map(str, shape))}]" if shape else "")

    def body(self, function, wrap="{}"):
        """The call's statements; the last is what is returned."""
        *before, result = self.case.call.replace("@fc", f"@{function}{self.number}").split("; ")
        return "; ".join([*before, f"return {wrap.format(result)}"])

    def source(self):
        case, number = self.case, self.number
        arguments = ", ".join(self.argument(n, s) for n, s in zip(case.operands, case.shapes))
        lines = [f"  func f{number}({arguments}) {{ {self.body('f')} }}"]
        if case.gradient:
            shapes = {n: bound(s, GRADIENT_BATCH) for n, s in zip(case.operands, case.shapes)}
            lines += [f"  {self.path(n, '')} = parameter([{', '.join(map(str, shapes[n]))}], init = zeros)" for n in self.learned]
            bindings = "".join(f"{n} = {self.path(n, '')}; " for n in self.learned)
            weight = self.references.result(GRADIENT_BATCH).shape
            given = [self.argument(n, shapes[n]) for n in case.integers] + ["w: f32" + (f"[{', '.join(map(str, weight))}]" if weight else "")]
            lines.append(f"  loss g{number}({', '.join(given)}) {{ {bindings}{self.body('g', 'sum(({}) * w)')} }}")
        return lines


class Checker:
    """Runs entries of one package on one device."""

    def __init__(self, session, device):
        self.session, self.device, self.lines, self.failed = session, device, [], 0

    def note(self, entry, what, good, text):
        self.failed += not good
        self.lines.append(f"{'ok  ' if good else 'FAIL'} {entry.case.name} {what} on {self.device}: {text}")

    def check(self, entry):
        try:
            for batch in entry.case.batches:
                self.check_values(entry, batch)
            if entry.case.gradient:
                self.check_gradients(entry)
        except (RuntimeFailure, ValueError, KeyError) as error:
            self.note(entry, "", False, error)

    def check_values(self, entry, batch):
        inputs, expected = entry.case.inputs(batch), entry.references.result(batch)
        for name, value in inputs.layer.items():
            self.session.set_parameter(entry.path(name, "f"), value)
        noise = {"noise0": inputs.noise} if entry.case.has_forward_noise else {}
        value = self.session.run(f"f{entry.number}", inputs.operands | noise)["result"]
        self.note(entry, f"at {batch}", *expected.compare(value, FORWARD, entry.case.absolute * max(1, expected.largest)))

    def check_gradients(self, entry):
        inputs, (loss, expected) = entry.case.inputs(GRADIENT_BATCH), entry.references.gradients()
        for name, value in (inputs.operands | inputs.layer).items():
            if name not in entry.case.integers:
                self.session.set_parameter(entry.path(name, "g"), value)
        given = {n: inputs.operands[n] for n in entry.case.integers} | ({"noise0": inputs.noise} if entry.case.noise else {})
        weight = inputs.weight(entry.references.result(GRADIENT_BATCH).shape)
        results = self.session.run(f"g{entry.number}.gradient", given | {"w": weight})
        self.note(entry, "loss", *loss.compare(results["loss"], FORWARD, 10 * entry.case.absolute * max(1, loss.largest)))
        allowed = 10 * max(1e-6, entry.case.absolute)
        for name, digest in expected.items():
            value = results[f"gradient:{entry.path(name, 'g')}"]
            self.note(entry, f"gradient of {name}", *digest.compare(value, GRADIENT, allowed * max(1e-3, digest.largest)))


def check_package(numbers, arguments):
    """Compiles some cases into one package and runs them everywhere; one by one where they don't compile together."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "cases.vae"
        try:
            entries = [Entry(CASES[number], number) for number in numbers]
            path.write_text("\n".join(["model cases() {", *itertools.chain(*(entry.source() for entry in entries)), "}"]) + "\n")
            subprocess.run([arguments.bin / "vaec", path, "-o", path.with_suffix(".vaep")], check=True, capture_output=True, text=True)
        except (subprocess.CalledProcessError, ValueError) as error:
            if len(numbers) == 1:
                return [f"FAIL {CASES[numbers[0]].name}: {getattr(error, 'stderr', None) or error}"], 1
            parts = [check_package([number], arguments) for number in numbers]
            return sum((lines for lines, _ in parts), []), sum(failed for _, failed in parts)
        return run_package(entries, path.with_suffix(".vaep"), arguments)


def run_package(entries, package, arguments):
    library = Library(arguments.bin.parent / "runtime" / "libvae_runtime.so")
    lines, failed = [], 0
    for device in arguments.device.split(","):
        try:
            checker = Checker(Session(library, package, device), device)
        except RuntimeFailure as error:
            lines, failed = [*lines, f"FAIL {entries[0].case.name} and its package on {device}: {error}"], failed + len(entries)
            continue
        for entry in entries:
            checker.check(entry)
        checker.session.close()
        lines, failed = lines + checker.lines, failed + checker.failed
    return lines, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--device", default="cpu,vulkan")
    parser.add_argument("--op")
    parser.add_argument("--verbose", action="store_true", help="print what passes too")
    arguments = parser.parse_args()
    count, compared = 0, 0
    chosen = [number for number, case in enumerate(CASES) if arguments.op in (None, case.op)]
    packages = [chosen[i:i + PACKAGE_CASES] for i in range(0, len(chosen), PACKAGE_CASES)]
    with concurrent.futures.ProcessPoolExecutor(min(2, os.cpu_count())) as pool:
        for lines, bad in pool.map(functools.partial(check_package, arguments=arguments), packages):
            print(*(line for line in lines if arguments.verbose or arguments.op or line.startswith("FAIL")), sep="\n", flush=True)
            count, compared = count + bad, compared + len(lines)
    print(f"{len(chosen)} cases, {compared} compared, {count} failed")
    sys.exit(bool(count) or not compared)


if __name__ == "__main__":
    main()
