#!/usr/bin/env python3
"""Every op on every device against NumPy's float64: values within 1e-5 relative, gradients within 1e-4 of central differences.

    op_numbers.py --bin=build/dev/bin [--device=cpu,vulkan] [--op=gelu]
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
from cases import CASES, ELSEWHERE  # noqa: E402
from inputs import save_safetensors  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
NAMES = "abc"
FORWARD, GRADIENT = 1e-5, 1e-4


def bound(shape, batch):
    """The shape of a run: `B` is the batch, `H` and `W` are what a picture's sizes are worked out from."""
    return tuple(eval(size, {}, {"B": batch, "H": 3, "W": 5}) if isinstance(size, str) else size for size in shape)


def text_of(shape):
    return ", ".join(map(str, shape))


class Runner:
    def __init__(self, case, number, tools, folder):
        self.case, self.tools, self.folder, self.name = case, tools, folder, f"{case.op} {case.call} {case.shapes}"
        self.random = np.random.RandomState(100 + number)
        self.lines, self.failed = [], 0
        self.operands = NAMES[: len(case.ranges)]
        self.shapes = case.shapes if len(case.shapes) == len(case.ranges) else case.shapes * len(case.ranges)

    def values(self, batch):
        return [self.draw(name, span, bound(shape, batch)) for name, span, shape in zip(self.operands, self.case.ranges, self.shapes)]

    def draw(self, name, span, shape):
        if name in self.case.integers:
            return self.random.randint(*span, shape).astype(np.int32)
        return self.random.uniform(*span, shape).astype(np.float32)

    def draw_noise(self, batch):
        """Draws for the formulas that follow; the same as the input of a program's twin."""
        if not self.case.noise:
            return {}
        drawn = self.random.uniform(0, 1, bound(self.case.noise, batch)).astype(np.float32)
        self.noise = np.asarray(drawn, np.float64)
        return {"noise0": drawn}

    def layer_values(self):
        return {path: self.random.uniform(0.5 if path.endswith("var") else -1, 1, shape).astype(np.float32)
                for path, shape in self.case.parameters.values()}

    def formula(self, operands, layer, training=False):
        extra = [np.asarray(layer[path], np.float64) for path, _ in self.case.parameters.values()]
        formula = self.case.training if training and self.case.training else self.case.formula
        if self.case.noise and (training or not self.case.training):
            extra.append(self.noise)
        exact = [v if n in self.case.integers else np.asarray(v, np.float64) for n, v in zip(self.operands, operands)]
        return np.asarray(formula(*exact, *extra))

    def type_of(self, name, shape):
        return ("i32" if name in self.case.integers else "f32") + (f"[{text_of(shape)}]" if shape else "")

    def source(self, result_shape):
        arguments = [f"{n}: {self.type_of(n, s)}" for n, s in zip(self.operands, self.shapes)]
        text = [f"model case() {{", f"  func forward({', '.join(arguments)}) {{ return {self.case.call} }}"]
        if self.case.gradient:
            text[1:1] = [f"  p{n} = parameter([{text_of(bound(s, 3))}], init = zeros)" for n, s in zip(self.operands, self.shapes) if n not in self.case.integers]
            bindings = "".join(f"{n} = p{n}; " for n in self.operands if n not in self.case.integers)
            given = [f"{n}: i32[{text_of(bound(s, 3))}]" for n, s in zip(self.operands, self.shapes) if n in self.case.integers]
            weight = f"w: f32[{text_of(result_shape)}]" if result_shape else "w: f32"
            text.append(f"  loss g({', '.join([*given, weight])}) {{ {bindings}return sum(({self.case.call.replace('@fc', '@fg')}) * w) }}")
        return "\n".join(text + ["}"]) + "\n"

    def tool(self, name, *words):
        subprocess.run([self.tools / name, *map(str, words)], check=True, env=dict(os.environ, VAE_VULKAN="validation"))

    def run(self, device, entry, inputs, outputs, weights):
        words = []
        for name, value in inputs.items():
            np.save(self.folder / f"{name}.npy", value)
            words.append(f"{name}={self.folder / name}.npy")
        for i, output in enumerate(outputs):
            words += ["-o", f"{output}={self.folder}/output{i}.npy"]
        save_safetensors(self.folder / "w.safetensors", weights)
        self.tool("vae-run", "run", self.folder / "case.vaep", entry, *words, f"--weights={self.folder / 'w.safetensors'}", f"--device={device}")
        return [np.load(f"{self.folder}/output{i}.npy") for i in range(len(outputs))]

    def compare(self, what, value, expected, relative, absolute):
        value = value.astype(np.float64)
        if value.shape != expected.shape:
            good, error = False, f"shape {value.shape} in place of {expected.shape}"
        else:
            difference, size = np.abs(value - expected), np.abs(expected)
            good = bool(np.all(difference <= absolute + relative * size))
            error = f"largest error {np.max(difference, initial=0):.1e} of {np.max(size, initial=0):.1e}"
        self.failed += not good
        self.lines.append(f"{'ok  ' if good else 'FAIL'} {self.name} {what}: {error}")

    def gradients(self, operands, layer, weight):
        """Central differences of sum(formula * weight) with respect to each operand and layer parameter."""
        variables = {f"p{n}": np.asarray(v, np.float64) for n, v in zip(self.operands, operands) if n not in self.case.integers}
        variables |= {path: np.asarray(v, np.float64) for path, v in layer.items()}

        def total():
            values = [variables.get(f"p{n}", v) for n, v in zip(self.operands, operands)]
            return np.sum(self.formula(values, {p: variables[p] for p in layer}, training=True) * weight)

        result = {}
        for name, array in variables.items():
            gradient = np.zeros_like(array)
            for index in np.ndindex(array.shape):
                kept, step = array[index], 1e-5
                array[index] = kept + step
                above = total()
                array[index] = kept - step
                gradient[index] = (above - total()) / (2 * step)
                array[index] = kept
            result[name] = gradient
        return result

    def check(self, devices):
        operands, layer = self.values(7), self.layer_values()
        small, small_layer = self.values(3), self.layer_values()
        self.small_noise = self.draw_noise(3)
        (self.folder / "case.vae").write_text(self.source(self.formula(small, small_layer).shape))
        self.tool("vaec", self.folder / "case.vae", "-o", self.folder / "case.vaep")
        weight = self.random.uniform(0.5, 1.5, self.formula(small, small_layer).shape).astype(np.float32)
        reference = self.gradients(small, small_layer, weight.astype(np.float64)) if self.case.gradient else {}
        noise = self.draw_noise(7) if not self.case.training else {}
        expected = self.formula(operands, layer)
        for device in devices:
            weights = dict(layer)
            if self.case.gradient:
                weights |= {f"p{n}": v for n, v in zip(self.operands, small) if n not in self.case.integers} | {p.replace("fc.", "fg."): v for p, v in small_layer.items()}
            entry = "forward.noise" if noise else "forward"
            (value,) = self.run(device, entry, dict(zip(self.operands, operands)) | noise, ["result"], weights)
            self.compare(f"on {device}", value, expected, FORWARD, self.case.absolute * max(1, np.max(np.abs(expected)) if expected.size else 1))
            if self.case.gradient:
                self.check_gradients(device, small, weight, weights, reference)

    def check_gradients(self, device, operands, weight, weights, reference):
        expected = {name: value for name, value in reference.items() if "running" not in name}
        paths = {name: name.replace("fc.", "fg.") for name in expected}
        given = {n: v for n, v in zip(self.operands, operands) if n in self.case.integers}
        entry = "g.gradient.noise" if self.small_noise else "g.gradient"
        values = self.run(device, entry, {"w": weight, **given, **self.small_noise}, [f"gradient:{path}" for path in paths.values()], weights)
        for (name, reference), value in zip(expected.items(), values):
            self.compare(f"gradient of {name} on {device}", value, reference, GRADIENT, 1e-5 * max(1e-3, np.max(np.abs(reference))))


def check_case(number, case, arguments):
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(case, number, arguments.bin.resolve(), pathlib.Path(folder))
        try:
            runner.check(arguments.device.split(","))
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            runner.failed += 1
            runner.lines.append(f"FAIL {runner.name}: {error}")
        return runner.lines, runner.failed


def uncovered():
    """Builtins of the dialect without a case: read from its TableGen, so that a new op can't be forgotten."""
    dump = subprocess.run(["/usr/lib/llvm-22/bin/llvm-tblgen", "-dump-json", "ir/Vae.td", "-I.", "-I/usr/lib/llvm-22/include"], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout
    records = json.loads(dump)
    builtins = {records[name]["opName"] for name in records["!instanceof"].get("Vae_BuiltinOp", [])}
    return sorted(builtins - {case.op for case in CASES} - set(ELSEWHERE))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--device", default="cpu,vulkan")
    parser.add_argument("--op")
    arguments = parser.parse_args()
    failed = [f"FAIL {op}: no case in tests/ops/cases.py" for op in uncovered()]
    print(*failed, sep="\n", end="\n" if failed else "")
    count, compared = len(failed), 0
    chosen = [(i, case) for i, case in enumerate(CASES) if arguments.op in (None, case.op)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for lines, bad in pool.map(lambda item: check_case(*item, arguments), chosen):
            print(*lines, sep="\n", flush=True)
            count, compared = count + bad, compared + len(lines)
    print(f"{compared} compared, {count} failed")
    sys.exit(bool(count) or not compared)


if __name__ == "__main__":
    main()
