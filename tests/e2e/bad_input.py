#!/usr/bin/env python3
"""What is wrong is said in one clear line, with exit code 1 and no output left behind.

    bad_input.py --bin=build/dev/bin
"""
import argparse
import gzip
import json
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

import inputs

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/mnist_vae/mnist_vae.vae"


class Suite:
    def __init__(self, tools, folder):
        self.tools, self.folder, self.passed, self.failed = tools, folder, 0, 0
        self.package = folder / "good.vaep"
        subprocess.run([tools / "vaec", EXAMPLE, "-o", self.package], check=True)
        self.weights = folder / "good.safetensors"
        inputs.save_safetensors(self.weights, inputs.weights("mnist_vae"))
        np.save(folder / "x.npy", inputs.images(4))

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def tool(self, name, *words, **options):
        return subprocess.run([self.tools / name, *map(str, words)], capture_output=True, text=True, errors="replace", timeout=60, **options)

    def report(self, what, problem, shown=""):
        self.passed, self.failed = self.passed + (not problem), self.failed + bool(problem)
        print(f"{'FAIL' if problem else 'ok  '} {what}: {problem or shown}")

    def refused(self, what, result, pattern, output=None):
        """The call failed with exit code 1, the message matches, and nothing is left."""
        shown = next((line for line in result.stderr.splitlines() if line.strip()), "")
        problem = ""
        if result.returncode != 1:
            problem = f"exit code {result.returncode}: {shown}"
        elif not re.search(pattern, result.stderr):
            problem = f"message does not match /{pattern}/: {result.stderr.strip()[:300]}"
        elif output and any(p.name.startswith(pathlib.Path(output).name) or p.name.startswith("." + pathlib.Path(output).name)
                            for p in pathlib.Path(output).parent.iterdir()):
            problem = "left output behind"
        self.report(what, problem, shown)

    def model(self, what, text, pattern, *words):
        source, output = self.file("bad.vae", text), self.folder / "bad-output.vaep"
        self.refused(what, self.tool("vaec", source, "-o", output, *words), pattern, output)

    def run(self, what, pattern, *words, package=None, entry="encode", **options):
        output = self.folder / "bad-output.npy"
        x = () if any(str(w).startswith("x=") for w in words) else (f"x={self.folder / 'x.npy'}",)
        weights = () if any(str(w).startswith("--weights") for w in words) else (f"--weights={self.weights}",)
        result = self.tool("vae-run", "run", package or self.package, entry, *x, *weights, "-o", f"mu={output}", *words, **options)
        self.refused(what, result, pattern, output)

    def train(self, what, pattern, *words, checkpoint=False, **options):
        """Training that is refused or stops; with `checkpoint`, the last good step is kept and can be resumed."""
        output = self.folder / "bad-output.safetensors"
        result = self.tool("vae-run", "train", self.package, "--batch=2", "--epochs=1", f"--save={output}", *words, **options)
        self.refused(what, result, pattern, None if checkpoint else output)
        if checkpoint:
            again = self.tool("vae-run", "run", self.package, "encode", f"x={self.folder / 'x.npy'}", f"--weights={output}", "-o",
                              f"mu={self.folder / 'kept.npy'}")
            self.report(f"{what}: the last good checkpoint is kept", again.stderr if again.returncode else "", str(output.name))
            output.unlink(missing_ok=True)


def models(suite):
    body = "model m(k: int = 4) { func f(x: f32[B, 8, H, W]) -> f32[B, 8, H, W] { return %s } }"
    where = r"bad\.vae:\d+:\d+: error: .*"
    suite.model("unknown op", body % "blur(x)", where + r"blur")
    suite.model("unknown name", body % "y", where + r"y")
    suite.model("label clash", "model m() { func f(x: f32[B, 8]) -> f32[B, 4] { return linear(x, 4) @a + linear(x, 4) @a } }", where + r"a")
    suite.model("shape mismatch", "model m() {\n func f(x: f32[B, 8], y: f32[B, 9]) -> f32[B, 8] {\n return x + y } }", where + r"(.|\n)*note")
    suite.model("division that leaves a remainder", "model m(k: int = 7) { func f(x: f32[B, 8]) -> f32[B, k / 2] { return linear(x, k / 2) @a } }", where + r"7.*2|divide")
    suite.model("wrong arity", body % "relu(x, x, x)", where)
    suite.model("missing -D", "model m(k: int) { func f(x: f32[B, k]) -> f32[B, k] { return relu(x) } }", r"error: .*k")
    suite.model("unknown -D", body % "relu(x)", r"error: .*zz", "-Dzz=3")
    suite.model("not UTF-8", b"model m() { // \xff\xfe\n }", where + r"UTF-8")
    suite.model("empty file", "", r"bad\.vae:1:1: error: ")
    suite.model("1 MB of brackets", "(" * 1000000, r"error: ")
    suite.model("1 MB of nested calls", "model m() { func f(x: f32[B]) -> f32[B] { return " + "relu(" * 200000 + "x" + ")" * 200000 + " } }", r"error: ")
    for call in ("gumbel_softmax(x, 0, axis = 1)", "group_norm(x, 3)", "conv2d(x, 8, 3, groups = 3)", "conv2d(x, 8, [1, 3], padding = -1)", "dropout(x, p = 1)",
                 "max_pool(x, 0)", "upsample_nearest(x, 0)", "pad(x, [1, -1])"):
        suite.model(call, body % call, where + call.split("(")[0])
    picture = "model m() { func f(x: f32[B, 8, 6, 6], k: i32[B]) { return %s } }"
    for call in ("conv2d(x, 8, 9, padding = 1)", "conv2d(x, 8, 3, padding = 7)", "avg_pool(x, 7)", "layer_norm(x, eps = -1)", "one_hot(k, 0)", "embedding(k, 0, 8)", "embedding(k, 8, 0)"):
        suite.model(call, picture % call, where + call.split("(")[0])
    suite.model("block that calls itself", "block Again(x) { return Again(x) }\nmodel m() { func f(x: f32[B]) { return Again(x) } }", where + "calls itself")
    suite.model("use of a missing file", 'use "nowhere.vae"\n' + body % "relu(x)", r"bad\.vae:1:1: error: .*nowhere\.vae")
    suite.refused("missing file", suite.tool("vaec", suite.folder / "none.vae"), r"none\.vae")
    suite.refused("unknown stage", suite.tool("vaec", EXAMPLE, "--emit=picture"), r"picture")
    suite.refused("unknown target", suite.tool("vaec", EXAMPLE, "--target=z80"), r"z80")
    suite.refused("unwritable output", suite.tool("vaec", EXAMPLE, "-o", "/proc/none/model.vaep"), r"/proc/none")


def weights(suite):
    good = inputs.weights("mnist_vae")

    def case(what, pattern, change):
        tensors = {name: value.copy() for name, value in good.items()}
        change(tensors)
        path = suite.folder / "w.safetensors"
        inputs.save_safetensors(path, tensors)
        suite.run(what, pattern, f"--weights={path}")

    case("missing weights", r"missing fc1\.weight", lambda t: t.pop("fc1.weight"))
    case("extra weights", r"spare", lambda t: t.update(spare=np.zeros(3, np.float32)))
    case("weights of the wrong shape", r"fc2\.weight.*\[", lambda t: t.update({"fc2.weight": np.zeros((3, 3), np.float32)}))

    def header(what, pattern, change):
        raw = suite.weights.read_bytes()
        size = struct.unpack("<Q", raw[:8])[0]
        table = json.loads(raw[8 : 8 + size])
        change(table)
        text = json.dumps(table).encode()
        text += b" " * (-len(text) % 8)
        suite.run(what, pattern, f"--weights={suite.file('w.safetensors', struct.pack('<Q', len(text)) + text + raw[8 + size :])}")

    header("weights of the wrong type", r"fc1\.bias", lambda t: t["fc1.bias"].update(dtype="I32"))
    header("overlapping weights", r"w\.safetensors.*", lambda t: t["fc1.bias"].update(data_offsets=t["fc2.bias"]["data_offsets"]))
    header("weights out of the file", r"w\.safetensors.*", lambda t: t["fc1.bias"].update(data_offsets=[2**40, 2**40 + 2048]))
    suite.run("weights cut short", r"w\.safetensors", f"--weights={suite.file('w.safetensors', suite.weights.read_bytes()[:5000])}")
    suite.run("weights that are no safetensors", r"w\.safetensors", f"--weights={suite.file('w.safetensors', b'x' * 4096)}")


def packages(suite):
    good = suite.package.read_bytes()
    suite.run("truncated package", r"p\.vaep", package=suite.file("p.vaep", good[: len(good) // 2]))
    suite.run("empty package", r"p\.vaep", package=suite.file("p.vaep", b""))
    random = np.random.RandomState(5)
    for position in [5, 9, 20, 30] + sorted(random.randint(0, len(good), 12).tolist()):
        flipped = bytearray(good)
        flipped[position] ^= 1 << (position % 8)
        path = suite.file("p.vaep", bytes(flipped))
        output = suite.folder / "bad-output.npy"
        result = suite.tool("vae-run", "run", path, "encode", f"x={suite.folder / 'x.npy'}", f"--weights={suite.weights}", "-o", f"mu={output}")
        # A flip in padding, or in code for another device, changes nothing that runs; all others are refused.
        harmless = result.returncode == 0 and output.exists()
        if harmless:
            output.unlink()
            suite.report(f"bit flipped at {position}", "", "not in what runs")
        else:
            suite.refused(f"bit flipped at {position}", result, r"p\.vaep", output)


def data(suite):
    rows = inputs.images(6)

    def npy(what, pattern, content):
        suite.run(what, pattern, f"x={suite.file('bad.npy', content)}")

    def saved(values):
        np.save(suite.folder / "values.npy", values)
        return (suite.folder / "values.npy").read_bytes()

    npy("npy with a lying header", r"bad\.npy", saved(rows).replace(b"(6, 784)", b"(9, 784)"))
    npy("npy of the wrong shape", r"x.*783|783", saved(rows[:, :783].copy()))
    npy("npy of the wrong type", r"x|bad\.npy", saved(rows.astype(np.complex64)))
    npy("npy with a huge shape", r"bad\.npy", saved(rows).replace(b"(6, 784), }", b"(4611686018427387904, 784), }"[:11].ljust(11)))
    poisoned = rows.copy()
    poisoned[3, 5] = np.nan
    np.save(suite.folder / "nan.npy", poisoned)
    suite.train("NaN in the data", r"(?i)(nan|finite)(.|\n)*step 2|step 2(.|\n)*(nan|finite)", f"--data={suite.folder / 'nan.npy'}", "--no-shuffle", checkpoint=True)

    idx = struct.pack(">BBBBIII", 0, 0, 8, 3, 4, 28, 28) + bytes(4 * 784)
    suite.train("IDX cut short", r"d\.idx", f"--data={suite.file('d.idx', idx[:-5])}")
    suite.train("gzip cut short", r"d\.gz", f"--data={suite.file('d.gz', gzip.compress(idx)[:-9])}")
    suite.train("IDX of the wrong rank", r"d\.idx", f"--data={suite.file('d.idx', struct.pack('>BBBBI', 0, 0, 8, 1, 4) + bytes(4))}")
    suite.train("no data", r"none\.idx", f"--data={suite.folder / 'none.idx'}")

    np.save(suite.folder / "x6.npy", rows)
    huge = {name: value * 1e20 for name, value in inputs.weights("mnist_vae").items()}
    inputs.save_safetensors(suite.folder / "huge.safetensors", huge)
    suite.train("loss that is not finite", r"(?i)step", f"--data={suite.folder / 'x6.npy'}", f"--weights={suite.folder / 'huge.safetensors'}")


HALVED = """model halved() {
  func half(x: f32[B, 1, H, 8]) -> f32[B, 1, H / 2, 4] { return relu(max_pool(x, 2)) }
  func small(x: f32[B, 1, H, 8]) { return avg_pool(x, 4) }
  func sample(n: int) { return normal([n, 8]) }
}
"""


def sizes(suite):
    """Sizes of a run that do not fit: which layer, and its line."""
    package = suite.folder / "halved.vaep"
    subprocess.run([suite.tools / "vaec", suite.file("halved.vae", HALVED), "-o", package], check=True)
    output = suite.folder / "bad-output.npy"

    def case(what, entry, rows, pattern):
        np.save(suite.folder / "rows.npy", np.zeros((2, 1, rows, 8), np.float32))
        for device in ("cpu", "vulkan"):
            result = suite.tool("vae-run", "run", package, entry, f"x={suite.folder / 'rows.npy'}", "-o", f"result={output}", f"--device={device}")
            suite.refused(f"{what} on {device}", result, pattern, output)

    for text in ("abc", "1.5", "-1", "0"):
        drawn = suite.folder / "drawn.npy"
        result = suite.tool("vae-run", "sample", package, f"n={text}", "-o", drawn)
        suite.refused(f"{text} samples", result, rf"size 'n': '{text}' is not a size", drawn)
    case("a size declared to divide", "half", 7, r"half \(B = 2, H = 7\) at \S*halved\.vae:2:\d+: size H/2 has no whole value: 7 / 2 leaves a remainder")
    case("a picture smaller than its window", "small", 3, r"small \(B = 2, H = 3\) at \S*halved\.vae:3:\d+: `\w+`[^;]* makes a tensor of \[.*\], of which floor\(H/4\) is below 1")


LABELLED = """model labelled(classes: int = 10) {
  func vectors(label: i32[B]) -> f32[B, 4] { return label |> embedding(classes, 4) @table }
  loss fit(x: f32[B, 4] in [0, 1], label: i32[B]) { return mse(vectors(label), x) }
  train { minimize fit with sgd(lr = 0.1) }
}
"""


def labels(suite):
    """Classes that there are not, in training and in a run."""
    package, output = suite.folder / "labelled.vaep", suite.folder / "bad-output.npy"
    subprocess.run([suite.tools / "vaec", suite.file("labelled.vae", LABELLED), "-o", package], check=True)
    np.save(suite.folder / "x.4.npy", np.full((5, 4), 0.5, np.float32))
    good, bad = np.array([0, 9, 3, 4, 1]), np.array([0, 9, 3, 12, 1])
    np.save(suite.folder / "good.npy", good)
    np.save(suite.folder / "bad.npy", bad)

    def train(x, label):
        return suite.tool("vae-run", "train", package, f"--data=x={suite.folder / x},label={suite.folder / label}", "--epochs=1", f"--save={output}")

    done = train("x.4.npy", "good.npy")
    suite.report("labels that are classes train", done.stderr if done.returncode else "")
    output.unlink(missing_ok=True)
    suite.refused("a label outside the class count in training", train("x.4.npy", "bad.npy"),
                  r"bad\.npy: item 3 holds 12, outside \[0, 9\] of input 'label'", output)
    run = ("vae-run", "run", package, "vectors", "--initial-weights", "-o", output)
    suite.refused("a label outside the class count in a run", suite.tool(*run, f"label={suite.folder / 'bad.npy'}"), r"item 3 holds 12, outside \[0, 9\]", output)
    suite.refused("a number outside the class count", suite.tool(*run, "label=-1", "B=2"), r"-1, outside \[0, 9\] of input 'label'", output)
    np.save(suite.folder / "floats.npy", good + 0.5)
    suite.refused("labels that are no integers", train("x.4.npy", "floats.npy"), r"floats\.npy: item 0 holds .*\.5, which i32 cannot hold; x\.astype\(numpy\.int32\)", output)
    np.save(suite.folder / "few.npy", good[:4])
    suite.refused("fewer labels than items", train("x.4.npy", "few.npy"), r"few\.npy has 4 items but .*x\.4\.npy has 5", output)
    np.save(suite.folder / "wide.npy", np.full((5, 6), 0.5, np.float32))
    suite.refused("data of another shape", train("wide.npy", "good.npy"), r"wide\.npy: \[5, 6\] does not fit input x: f32\[B, 4\]", output)
    np.save(suite.folder / "loud.npy", np.full((5, 4), 1.5, np.float32))
    suite.refused("data outside the declared range", train("loud.npy", "good.npy"), r"loud\.npy: item 0 holds 1\.5 at element 0, outside \[0, 1\] of input 'x'", output)


def machine(suite):
    suite.run("unknown entry", r"nothing.*encode|encode", entry="nothing")
    suite.run("unknown device", r"abacus", "--device=abacus")
    suite.run("unknown output", r"nu", "-o", "nu=/dev/null")
    suite.run("missing input", r"x", "y=1")
    suite.run("no Vulkan driver", r"(?i)vulkan", "--device=vulkan", env=dict(os.environ, VK_ICD_FILENAMES="/nonexistent.json", VK_DRIVER_FILES="/nonexistent.json"))

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    x = suite.folder / "x6.npy"
    suite.train("full disk while saving", r"bad-output\.safetensors", f"--data={x}", preexec_fn=small_files)
    suite.refused("full disk while compiling", suite.tool("vaec", EXAMPLE, "-o", "/dev/full"), r"/dev/full")
    suite.refused("full disk while writing a result", suite.tool("vae-run", "run", suite.package, "encode", f"x={x}", f"--weights={suite.weights}",
                                                                "-o", "mu=/dev/full"), r"/dev/full")
    interrupt(suite, x)


def interrupt(suite, data):
    """Ctrl-C leaves a checkpoint from which training resumes."""
    save = suite.folder / "interrupted.safetensors"
    process = subprocess.Popen([suite.tools / "vae-run", "train", suite.package, f"--data={data}", "--batch=2", "--epochs=1000000", f"--save={save}"],
                               stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    problem = "" if save.exists() else "no checkpoint"
    if process.returncode == 0:
        problem = "exit code 0"
    if not problem:
        again = suite.tool("vae-run", "train", suite.package, f"--data={data}", "--batch=2", "--epochs=1000000", f"--resume={save}", "--steps=3",
                           f"--save={suite.folder / 'again.safetensors'}")
        problem = again.stderr if again.returncode else ""
    suite.report("Ctrl-C while training", problem, errors.strip().splitlines()[-1] if errors.strip() else "checkpoint saved")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(parser.parse_args().bin.resolve(), pathlib.Path(folder))
        for part in (models, weights, packages, data, sizes, labels, machine):
            part(suite)
    print(f"{suite.passed} passed, {suite.failed} failed")
    sys.exit(bool(suite.failed))


if __name__ == "__main__":
    main()
