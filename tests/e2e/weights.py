#!/usr/bin/env python3
"""Weights as PyTorch's users have them: types, prefixes, bookkeeping, parts of a model and more than a model, each against NumPy's float64.

    weights.py --bin=build/dev/bin
"""
import pathlib
import pickle
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np

import harness
import inputs

random = np.random.RandomState(21)
X, Z = random.uniform(-1, 1, (3, 1, 8, 8)).astype(np.float32), random.uniform(-1, 1, (5, 4)).astype(np.float32)
SHAPES = {
    "encoder.in.weight": (4, 1, 4, 4), "encoder.in.bias": (4,), "encoder.norm.weight": (4,), "encoder.norm.bias": (4,), "encoder.norm.running_mean": (4,),
    "encoder.norm.running_var": (4,), "decoder.0.weight": (5, 4), "decoder.0.bias": (5,), "decoder.2.weight": (3, 5), "decoder.2.bias": (3,),
}
WEIGHTS = {name: random.uniform(0.1, 1, shape).astype(np.float32) for name, shape in SHAPES.items()}
TRACKED = {"encoder.norm.num_batches_tracked": np.array(7, np.int64)}


def encoded(weights):
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    padded = np.pad(X.astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded[:, 0], (4, 4), (1, 2))[:, ::2, ::2]
    y = np.einsum("bijuv,cuv->bcij", windows, w["encoder.in.weight"][:, 0]) + w["encoder.in.bias"][:, None, None]
    norm = {name: w["encoder.norm." + name][:, None, None] for name in ("weight", "bias", "running_mean", "running_var")}
    y = (y - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5) * norm["weight"] + norm["bias"]
    return y.mean((2, 3))


def decoded(weights):
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    hidden = np.maximum(Z @ w["decoder.0.weight"].T + w["decoder.0.bias"], 0)
    return hidden @ w["decoder.2.weight"].T + w["decoder.2.bias"]


ENTRIES = {"encode": ({"x": X}, "z", encoded), "decode": ({"z": Z}, "y", decoded)}


def brain(values):
    """The upper halves of f32 numbers, which inputs.save_safetensors writes as BF16."""
    return (values.view(np.uint32) >> 16).astype(np.uint16)


def widened(values):
    return (values.astype(np.uint32) << 16).view(np.float32)


class Check:
    def __init__(self, tools):
        self.tools, self.path = tools, tools.folder / "w.safetensors"

    def call(self, entry, path, *words):
        given, output, _ = ENTRIES[entry]
        arguments = [f"{name}={self.tools.array(name, value)}" for name, value in given.items()]
        return self.tools.tool("vae-run", "run", self.tools.package, entry, *arguments, f"--weights={path}", f"--device={self.tools.device}", *words,
                               "-o", f"{output}={self.tools.folder / 'output.npy'}", check=False, capture_output=True, text=True)

    def runs(self, what, tensors, *notes, entries=("encode", "decode"), means=None, words=()):
        """The entries give what the weights `means` (else WEIGHTS) say, and the notes are these, in order."""
        inputs.save_safetensors(self.path, tensors)
        for entry in entries:
            done = self.call(entry, self.path, *words)
            if done.returncode:
                self.tools.expect(f"{what}: {done.stderr.strip()}", False)
                continue
            self.tools.compare(f"{what}, {entry}", np.load(self.tools.folder / "output.npy"), ENTRIES[entry][2](means or WEIGHTS), 1e-5)
            said = [line for line in done.stderr.splitlines() if line.startswith("vae-run: note: ")]
            self.tools.expect(f"{what}, {entry}: {said}", len(said) == len(notes) and all(note in line for note, line in zip(notes, said)))

    def refused(self, what, message, tensors=None, entry="encode", content=None, name="w.safetensors", words=()):
        path = self.tools.folder / name
        path.write_bytes(content) if content is not None else inputs.save_safetensors(path, tensors)
        done = self.call(entry, path, *words)
        lines = done.stderr.splitlines()
        self.tools.expect(f"{what}: {lines}", done.returncode == 1 and len(lines) == 1 and message in lines[0])


LARGE = """model large() {
  func encode(x: f32[B, 1024]) { return x |> linear(4096) @encoder.a |> linear(4096) @encoder.b |> linear(1024) @encoder.c }
  func decode(z: f32[B, 1024]) -> (y: f32[B, 4]) { return z |> linear(8192) @decoder.a |> linear(4) @decoder.b }
}
"""


PEAK = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def peak(tools, *words):
    """Megabytes that a run of the tool has in memory at most. Started by a small process: a child begins with the peak of its parent."""
    process = subprocess.run([sys.executable, "-c", PEAK, tools.bin / "vae-run", *map(str, words)], capture_output=True, text=True, check=True)
    return int(process.stdout.splitlines()[-1]) / 1024


def memory(tools):
    """Weights come into memory once, and those of another entry not at all."""
    source, package, path = tools.folder / "large.vae", tools.folder / "large.vaep", tools.folder / "large.safetensors"
    source.write_text(LARGE)
    tools.compile(source, package=package)
    shapes = {"encoder.a": (4096, 1024), "encoder.b": (4096, 4096), "encoder.c": (1024, 4096), "decoder.a": (8192, 1024), "decoder.b": (4, 8192)}
    tensors = {name + ".weight": np.full(shape, 1e-3, np.float32) for name, shape in shapes.items()}
    tensors.update({name + ".bias": np.zeros(shape[0], np.float32) for name, shape in shapes.items()})
    z, y = tools.array("z", np.ones((1, 1024), np.float32)), tools.folder / "y.npy"
    own = sum(value.nbytes for name, value in tensors.items() if name.startswith("decoder.")) / 2**20
    small = peak(tools, "info", package)
    for dtype in (np.float32, np.float16, np.float64):
        inputs.save_safetensors(path, {name: value.astype(dtype) for name, value in tensors.items()})
        used = peak(tools, "run", package, "decode", f"z={z}", f"--weights={path}", "-o", f"y={y}")
        # A matrix is there twice while it is packed.
        tools.expect(f"{np.dtype(dtype)}: {used:.0f} MB at most for {own:.0f} MB of weights, {small:.0f} without", used < small + 2 * own + 24)
        if dtype == np.float16:
            put_inside(package.read_bytes(), tools.folder / "whole.vaep", path.read_bytes())
            used = peak(tools, "run", tools.folder / "whole.vaep", "decode", f"z={z}", "-o", f"y={y}")
            tools.expect(f"inside: {used:.0f} MB at most", used < small + 2 * own + 24)
        tools.compare(f"{np.dtype(dtype)} large", np.load(y), np.full((1, 4), 1.024 * 8.192), 1e-2 if dtype == np.float16 else 1e-4)


HEADER = struct.Struct("<4sIQQQI")  # vae_package_header up to its checksum


def put_inside(core, path, weights):
    """Writes a package: this core, with the bytes of a safetensors file behind it."""
    fields = list(HEADER.unpack(core[:HEADER.size]))
    fields[3] = len(weights)
    header = HEADER.pack(*fields)
    header += struct.pack("<I", zlib.crc32(header))
    path.write_bytes(header + core[len(header):] + bytes(-len(core) % 4096) + weights)


def inside(tools):
    """A package that holds its weights needs no other file, and is what a file beside it would make it."""
    core, whole, path = tools.package.read_bytes(), tools.folder / "whole.vaep", tools.folder / "w.safetensors"

    def call(entry, *words):
        given, output, _ = ENTRIES[entry]
        arguments = [f"{name}={tools.array(name, value)}" for name, value in given.items()]
        return tools.tool("vae-run", "run", whole, entry, *arguments, f"--device={tools.device}", "-o", f"{output}={tools.folder / 'output.npy'}", *words, check=False,
                          capture_output=True, text=True)

    for dtype, kind in ((np.float32, "F32"), (np.float16, "F16"), (np.float64, "F64")):
        weights = {name: value.astype(dtype) for name, value in WEIGHTS.items()}
        inputs.save_safetensors(path, weights)
        put_inside(core, whole, path.read_bytes())
        for tools.device in ("cpu", "vulkan"):
            for entry in ENTRIES:
                done = call(entry)
                tools.expect(f"{kind} inside, {entry}: {done.stderr}", done.returncode == 0 and not done.stderr)
                tools.compare(f"{kind} inside, {entry}", np.load(tools.folder / "output.npy"), ENTRIES[entry][2](weights), 1e-5)
        info = tools.tool("vae-run", "info", whole, capture_output=True, text=True).stdout
        tools.expect(f"info of {kind}", f"\nweights: inside, {path.stat().st_size / 1e6:.3f} MB, {kind}\n" in info)

    tools.device, other = "cpu", {name: value + 1 for name, value in WEIGHTS.items()}
    inputs.save_safetensors(path, other)
    call("decode", f"--weights={path}")
    tools.compare("weights in place of those inside", np.load(tools.folder / "output.npy"), decoded(other), 1e-5)
    call("decode", "--initial-weights")
    tools.expect("initial weights in place of those inside", np.max(np.abs(np.load(tools.folder / "output.npy") - decoded(WEIGHTS))) > 1e-2)

    def refused(what, message):
        done = call("decode")
        lines = done.stderr.splitlines()
        tools.expect(f"{what}: {lines}", done.returncode == 1 and len(lines) == 1 and message in lines[0])

    whole.write_bytes(whole.read_bytes()[:-1])
    refused("a package that was cut short", "its header says")
    put_inside(core, whole, path.read_bytes()[:-1])
    refused("weights that were cut short", "whole.vaep: its weights: tensor 'encoder.norm.weight': the data_offsets")
    inputs.save_safetensors(path, {**WEIGHTS, "spare": np.zeros(3, np.float32)})
    put_inside(core, whole, path.read_bytes())
    refused("a tensor too many", "whole.vaep: its weights: 10 of the 10 tensors that the model needs fit; extra spare")
    put_inside(core, whole, pickle.dumps({"a": 1}, 2))
    refused("a pickle inside", "whole.vaep: its weights: not a safetensors file but a pickled PyTorch file")


def without(tensors, start):
    return {name: value for name, value in tensors.items() if not name.startswith(start)}


def without_files(tools):
    """An entry that reads no weights needs no file; one that does is refused."""
    tools.compare("an entry without weights", tools.run("doubled", {"z": Z}, ["result"])["result"], 2 * Z, 0)
    refused = tools.tool("vae-run", "run", tools.package, "decode", f"z={tools.array('z', Z)}", check=False, capture_output=True, text=True)
    said = "model 'weights' has no weights inside; give --weights=FILE, or --initial-weights to run it untrained"
    tools.expect(f"an entry with weights: {refused.stderr.strip()}", refused.returncode == 1 and said in refused.stderr)


def test(tools, _):
    tools.compile(pathlib.Path(__file__).with_suffix(".vae"))
    check = Check(tools)
    tracked = "1 tensor passed over as bookkeeping: encoder.norm.num_batches_tracked"
    for tools.device in ("cpu", "vulkan"):
        check.runs("a state_dict", {**WEIGHTS, **TRACKED}, tracked)
        halves = {name: value.astype(np.float16) for name, value in WEIGHTS.items()}
        check.runs("F16", halves, "10 tensors of F16 converted to f32", means=halves)
        brains = {name: brain(value) for name, value in WEIGHTS.items()}
        check.runs("BF16", brains, "10 tensors of BF16 converted to f32", means={name: widened(value) for name, value in brains.items()})
        doubles = {name: value.astype(np.float64) + 1e-12 for name, value in WEIGHTS.items()}
        check.runs("F64", doubles, "10 tensors of F64 rounded to f32")
        check.runs("some F16", {**WEIGHTS, "decoder.0.weight": halves["decoder.0.weight"]}, "1 tensor of F16 converted", entries=["decode"],
                   means={**WEIGHTS, "decoder.0.weight": halves["decoder.0.weight"]})

    tools.device = "cpu"
    for prefix in ("module.", "_orig_mod.module.", "first_stage_model."):
        check.runs(f"prefix {prefix}", {prefix + name: value for name, value in {**WEIGHTS, **TRACKED}.items()}, f"the prefix '{prefix}' is taken off",
                   "1 tensor passed over as bookkeeping")
    whole = {**{"first_stage_model." + name: value for name, value in WEIGHTS.items()}, "betas": np.zeros(3), "model.out.2.weight": np.zeros((3, 3), np.float16)}
    check.runs("part of a larger model", whole, "'first_stage_model.' is taken off", "2 tensors passed over, as the model has no such part")
    check.runs("a discriminator beside it", {**WEIGHTS, "loss.disc.0.weight": np.zeros((0, 4), np.float32), "loss.logvar": np.zeros((), np.float32)},
               "2 tensors passed over, as the model has no such part: loss.disc.0.weight and 1 more")
    for name in ("spare", "encoder.spare.weight"):
        extra = {**WEIGHTS, name: np.zeros(3, bool)}
        check.refused("an extra tensor", f"10 of the 10 tensors that 'decode' needs fit; extra {name} (--allow-extra".replace("10", "4"), extra, entry="decode")
        check.runs("an extra tensor allowed", extra, f"1 tensor passed over: {name}", words=["--allow-extra"])

    decoder = without(WEIGHTS, "encoder.")
    unneeded = "6 tensors not needed, and missing or different: encoder.in.weight and 5 more"
    check.runs("a decoder alone", decoder, unneeded, entries=["decode"])
    bare = {name[len("decoder."):]: value for name, value in decoder.items()}
    check.runs("a bare nn.Sequential", bare, "the prefix 'decoder.' is put before its names", unneeded, entries=["decode"])
    check.runs("in another model", {"vae.generator." + name: value for name, value in bare.items()},
               "the prefix 'decoder.' is put in the place of 'vae.generator.'", unneeded, entries=["decode"])
    check.refused("a decoder that shall encode", "none of the 6 tensors that 'encode' needs is there; missing encoder.in.weight and 5 more", decoder)
    check.refused("a decoder without its last bias", "3 of the 4 tensors that 'decode' needs fit; missing decoder.2.bias", without(decoder, "decoder.2.bias"), entry="decode")
    check.refused("transposed weights under a prefix",
                  "3 of the 4 tensors that 'decode' needs fit when the prefix 'module.' is taken off its names; module.decoder.0.weight is F32[4, 5], expected f32[5, 4], transposed",
                  {"module." + name: value.T if name == "decoder.0.weight" else value for name, value in WEIGHTS.items()}, entry="decode")
    check.refused("integers", "encoder.in.bias is I64[4], expected f32[4]; tensor.float() in PyTorch makes it so", {**WEIGHTS, "encoder.in.bias": np.zeros(4, np.int64)})
    check.refused("a number beyond f32", "tensor 'encoder.in.bias': element 2 is beyond the range of f32", {**WEIGHTS, "encoder.in.bias": np.array([0, 1, 1e39, 1])})
    check.refused("twice the same", "stands there twice, under 'a.' and under 'b.'", {p + name: value for p in "ab" for name, value in {"." + n: v for n, v in WEIGHTS.items()}.items()})
    check.refused("no tensors", "no tensors; missing encoder.in.weight and 5 more", {})

    check.refused("a pickle", "a pickled PyTorch file; convert it: python3 -c", content=pickle.dumps({"a": 1}, 2), name="w.bin")
    with zipfile.ZipFile(tools.folder / "w.pt", "w") as archive:
        archive.writestr("w/data.pkl", pickle.dumps({}))
    check.refused("an archive of torch.save", "torch.load('", content=(tools.folder / "w.pt").read_bytes(), name="w.ckpt")
    np.savez(tools.folder / "arrays.npz", a=np.zeros(3))
    check.refused("an archive of arrays", "numpy.load('", content=(tools.folder / "arrays.npz").read_bytes(), name="w.npz")
    check.refused("an empty file", "only 0 bytes", content=b"")
    without_files(tools)
    inside(tools)
    memory(tools)


if __name__ == "__main__":
    harness.main(__doc__, test)
