#!/usr/bin/env python3
"""vector_quantize (by nearest_code) and perplexity on every device against NumPy's float64.

    vector_quantize.py --bin=build/dev/bin [--device=cpu,vulkan]

The code chosen may differ from the nearest in float64 where both are equally near to rounding; where all numbers are small integers nothing rounds, and
it is the lowest of the nearest. Gradients are compared with central differences of what the straight-through formula holds variable.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "e2e"))
from inputs import save_safetensors  # noqa: E402

# Shape of z, the vectors' axis, codes: one and few channels, odd sizes, batch 1, more codes than a workgroup or a cache block takes.
SIZES = [((7, 33), -1, 5), ((1, 1, 3, 5), 1, 2), ((3, 3, 7, 9), 1, 33), ((2, 33, 17, 13), 1, 130), ((1, 64, 32, 32), 1, 512), ((130, 20), 1, 8192),
         ((65, 256), -1, 1027), ((8, 21), 0, 12), ((2, 3, 8, 5), 2, 64), ((2, 3, 5, 4), -1, 7), ((6,), 0, 9)]


class Tools:
    def __init__(self, arguments, folder):
        self.bin, self.folder = arguments.bin.resolve(), folder
        self.failed = self.compared = 0

    def compile(self, text):
        (self.folder / "m.vae").write_text("model m() {\n" + text + "}\n")
        subprocess.run([self.bin / "vaec", self.folder / "m.vae", "-o", self.folder / "m.vaep"], check=True)

    def run(self, device, entry, inputs, outputs, weights=None):
        words = [self.bin / "vae-run", "run", self.folder / "m.vaep", entry, f"--device={device}"]
        for name, value in inputs.items():
            np.save(self.folder / f"{name}.npy", value)
            words.append(f"{name}={self.folder / name}.npy")
        for name in outputs:
            words += ["-o", f"{name}={self.folder}/out.{name.replace(':', '.')}.npy"]
        if weights:
            save_safetensors(self.folder / "w.safetensors", weights)
            words.append(f"--weights={self.folder / 'w.safetensors'}")
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, VAE_VULKAN="validation"))
        return [np.load(f"{self.folder}/out.{name.replace(':', '.')}.npy") for name in outputs]

    def check(self, what, good, detail=""):
        self.compared += 1
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {what}{': ' if detail else ''}{detail}", flush=True)

    def close(self, what, value, expected, relative):
        error = np.max(np.abs(np.asarray(value, np.float64) - expected), initial=0)
        size = np.max(np.abs(expected), initial=0)
        self.check(what, np.shape(value) == np.shape(expected) and error <= relative * max(size, 1e-30), f"largest error {error:.1e} of {size:.1e}")


def rows_of(z, axis):
    return np.moveaxis(np.asarray(z, np.float64), axis, -1).reshape(-1, z.shape[axis])


def scores_of(z, codebook, axis):
    rows, table = rows_of(z, axis), np.asarray(codebook, np.float64)
    return np.sum(table**2, 1) / 2 - rows @ table.T


def taken(codebook, index, axis):
    return np.moveaxis(codebook[index], -1, axis if axis >= 0 else index.ndim)


def size_text(shape, axis):
    """The shape in the language: all sizes known at run time only, but the width."""
    axis %= len(shape)
    return ", ".join(str(size) if i == axis else "NCHW"[i] for i, size in enumerate(shape))


def check_choice(tools, device, name, z, codebook, axis, exact):
    quantized, index, loss = tools.run(device, name, {"z": z, "c": codebook}, ["result_0", "result_1", "result_2"])
    what = f"{name} {z.shape} axis {axis}, {len(codebook)} codes on {device}"
    scores = scores_of(z, codebook, axis)
    chosen = np.take_along_axis(scores, index.reshape(-1, 1).astype(int), 1)[:, 0]
    places = np.delete(np.array(z.shape), axis % z.ndim)
    if exact:
        good = np.array_equal(index.reshape(-1), np.argmin(scores, 1))
        tools.check(f"{what}: the lowest of the nearest codes", good)
    else:
        gap = np.max(chosen - scores.min(1))
        tools.check(f"{what}: a nearest code", gap <= 2e-6 * np.max(np.abs(scores)) * np.sqrt(z.shape[axis]), f"farther by {gap:.1e}")
    tools.check(f"{what}: quantized", index.shape == tuple(places) and np.array_equal(quantized, taken(codebook, index, axis)))
    expected = 1.25 * np.mean((np.asarray(z, np.float64) - taken(codebook, index, axis)) ** 2)
    tools.close(f"{what}: loss", loss, expected, 1e-5)


def check_values(tools, devices):
    random = np.random.RandomState(1)
    functions = [f"  func s{i}(z: f32[{size_text(shape, axis)}], c: f32[{codes}, {shape[axis]}]) {{ return vector_quantize(z, c, axis = {axis}) }}\n"
                 for i, (shape, axis, codes) in enumerate(SIZES)]
    tools.compile("".join(functions))
    for i, (shape, axis, codes) in enumerate(SIZES):
        z, codebook = random.uniform(-2, 2, shape).astype(np.float32), random.uniform(-2, 2, (codes, shape[axis])).astype(np.float32)
        whole, whole_codes = random.randint(-2, 3, shape).astype(np.float32), random.randint(-2, 3, codebook.shape).astype(np.float32)
        for device in devices:
            check_choice(tools, device, f"s{i}", z, codebook, axis, exact=False)
            check_choice(tools, device, f"s{i}", whole, whole_codes, axis, exact=True)


def check_far(tools, devices):
    """The nearest codes of vectors far from the origin, where squared lengths have no digits left for the distances."""
    tools.compile("".join(f"  func {name}(z: f32[{shape}], c: f32[64, 16]) {{ return vector_quantize(z, c) }}\n" for name, shape in (("f", "B, 16"), ("t", "B, 16, W"))))
    random = np.random.RandomState(5)
    for far in (0, 1, 100, 1000, -30000):
        codebook = (far + random.normal(size=(64, 16))).astype(np.float32)
        for name, shape in (("f", (500, 16)), ("t", (7, 16, 33))):
            z = (far + random.normal(size=shape)).astype(np.float32)
            distances = np.sum((rows_of(z, 1)[:, None] - codebook.astype(np.float64)) ** 2, 2)
            for device in devices:
                quantized, index, loss = tools.run(device, name, {"z": z, "c": codebook}, ["result_0", "result_1", "result_2"])
                chosen = np.take_along_axis(distances, index.reshape(-1, 1).astype(int), 1)[:, 0]
                what = f"{name} about {far} on {device}"
                tools.check(f"{what}: the nearest code", np.all(chosen <= distances.min(1) * (1 + 1e-5)))
                tools.check(f"{what}: quantized", np.array_equal(quantized, taken(codebook, index, 1)))
                tools.close(f"{what}: loss", loss, 1.25 * np.mean(chosen) / 16, 1e-5)


def check_not_a_number(tools, devices):
    """Vectors with a NaN take code 0; codes with one are never taken. A hundred stands for NaN, which no input may hold."""
    tools.compile("""  func f(z: f32[N, 3, W], c: f32[40, 3]) {
    q, k, l = vector_quantize(where(greater(z, 50), sqrt(0 - z), z), where(greater(c, 50), sqrt(0 - c), c))
    return q, k
  }
""")
    random = np.random.RandomState(2)
    z, codebook = random.randint(-3, 4, (2, 3, 50)).astype(np.float32), random.randint(-3, 4, (40, 3)).astype(np.float32)
    z[1, 2, 7], z[0, :, 49] = np.nan, np.nan
    codebook[0], codebook[5, 1] = 3, np.nan
    scores = scores_of(z, codebook, 1)
    scores[:, 5] = np.inf
    expected = np.argmin(np.where(np.isnan(scores), np.inf, scores), 1)
    for device in devices:
        given = {"z": np.nan_to_num(z, nan=100), "c": np.nan_to_num(codebook, nan=100)}
        quantized, index = tools.run(device, "f", given, ["q", "k"])
        tools.check(f"NaN on {device}", np.array_equal(index.reshape(-1), expected) and np.array_equal(quantized, taken(codebook, index, 1)))


def central(function, array):
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept, step = array[place], 1e-5
        array[place] = kept + step
        above = function()
        array[place] = kept - step
        gradient[place] = (above - function()) / (2 * step)
        array[place] = kept
    return gradient


def check_gradients(tools, devices, shape, axis, codes, beta, weight, at_run_time=False):
    """With `at_run_time` the weights are scalars that the loss is given."""
    text = ", ".join(map(str, shape))
    weights = {"b": np.float32(beta), "m": np.float32(weight)} if at_run_time else {}
    tools.compile(f"""  z = parameter([{text}], init = zeros)
  codebook = parameter([{codes}, {shape[axis]}], init = zeros)
  loss g(w: f32[{text}]{', b: f32, m: f32' if weights else ''}) {{
    q, k, l = vector_quantize(z, codebook, beta = {'b' if weights else beta}, codebook_weight = {'m' if weights else weight}, axis = {axis})
    return sum(q * w) + 3 * l
  }}
""")
    random = np.random.RandomState(3)
    z, codebook = random.uniform(-1, 1, shape).astype(np.float32), random.uniform(-1, 1, (codes, shape[axis])).astype(np.float32)
    w = random.uniform(-1, 1, shape).astype(np.float32)
    index = np.argmin(scores_of(z, codebook, axis), 1).reshape(np.delete(np.array(shape), axis))
    fixed_z, fixed = np.asarray(z, np.float64), taken(np.asarray(codebook, np.float64), index, axis)
    zs, table = fixed_z.copy(), np.asarray(codebook, np.float64)

    def total():
        term = weight * np.mean((fixed_z - taken(table, index, axis)) ** 2) + beta * np.mean((zs - fixed) ** 2)
        return np.sum(w * (zs + (fixed - fixed_z))) + 3 * term

    to_z, to_codebook = central(total, zs), central(total, table)
    for device in devices:
        names = ["gradient:z", "gradient:codebook", "loss", "vector_quantize"]
        got = tools.run(device, "g.gradient", {"w": w} | weights, names, {"z": z, "codebook": codebook})
        what = f"{shape} axis {axis} beta {beta} weight {weight}{' at run time' if weights else ''} on {device}"
        tools.close(f"gradient of z {what}", got[0], to_z, 1e-4)
        tools.close(f"gradient of the codebook {what}", got[1], to_codebook, 1e-4)
        tools.close(f"reported term {what}", got[3], (beta + weight) * np.mean((fixed_z - fixed) ** 2), 1e-5)


def check_perplexity(tools, devices):
    cases = [((7, 5, 3), 10), ((1,), 2), ((4096,), 512), ((100, 3), 8192), ((33, 65), 1)]
    tools.compile("".join(f"  func p{i}(k: i32[{', '.join('NCHW'[:len(shape)])}]) {{ return perplexity(k, {codes}) }}\n" for i, (shape, codes) in enumerate(cases)))
    random = np.random.RandomState(4)
    for i, (shape, codes) in enumerate(cases):
        for index in (random.randint(0, codes, shape), np.minimum(random.poisson(2, shape), codes - 1), np.arange(np.prod(shape)).reshape(shape) % codes):
            shares = np.bincount(index.reshape(-1), minlength=codes) / index.size
            expected = np.exp(-np.sum(shares * np.log(np.where(shares > 0, shares, 1))))
            for device in devices:
                (value,) = tools.run(device, f"p{i}", {"k": index.astype(np.int32)}, ["result"])
                tools.close(f"perplexity of {shape} over {codes} on {device}", value, expected, 1e-5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--device", default="cpu,vulkan")
    arguments = parser.parse_args()
    devices = arguments.device.split(",")
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(arguments, pathlib.Path(folder))
        check_values(tools, devices)
        check_not_a_number(tools, devices)
        check_far(tools, devices)
        for shape, axis, codes, beta, weight in [((3, 5, 2, 3), 1, 7, 0.25, 1), ((11, 4), 1, 5, 0.5, 2), ((2, 3, 4), 2, 6, 1, 0)]:
            check_gradients(tools, devices, shape, axis, codes, beta, weight)
        check_gradients(tools, devices, (3, 5, 2, 3), 1, 7, 0.5, 2, at_run_time=True)
        check_perplexity(tools, devices)
    print(f"{tools.compared} compared, {tools.failed} failed")
    sys.exit(bool(tools.failed))


if __name__ == "__main__":
    main()
