#!/usr/bin/env python3
"""Inputs and outputs are files: what is no regular file is refused, what is read is never overwritten, what is written is whole.

    files.py --bin=build/dev/bin
"""
import os
import random
import resource
import stat
import subprocess
import time

import numpy as np

import harness
import inputs

MODEL = """model small() {
  func encode(x: f32[B, 16] in [0, 1]) -> (mu: f32[B, 2], logvar: f32[B, 2]) { return x |> linear(2) @mu, x |> linear(2) @logvar }
  loss fit(x: f32[B, 16] in [0, 1]) { mu, _ = encode(x); return mean(mu * mu) }
  train { minimize fit with adam(lr = 1e-2), ema(0.9) }
}
"""
USER = 'use "%s"\nmodel user() { func f(x: f32[B]) { return relu(x) } }\n'
SECRET = "root:x:0:0:secret words\n"


class Files:
    def __init__(self, tools):
        self.tools, self.folder = tools, tools.folder
        self.source = self.write("small.vae", MODEL)
        tools.compile(self.source)
        self.data = tools.array("x", np.random.RandomState(5).rand(32, 16).astype(np.float32))
        self.train = ["vae-run", "train", tools.package, f"--data={self.data}", "--batch=8", "--epochs=1"]

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def call(self, *command, memory=1 << 30, **options):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        tool, *words = command
        return subprocess.run([self.tools.bin / tool, *map(str, words)], **{"capture_output": True, "timeout": 60, "preexec_fn": limit, "cwd": self.folder, **options})

    def refused(self, what, text, *command, **options):
        result = self.call(*command, **options)
        errors = result.stderr.decode(errors="replace")
        self.tools.expect(f"{what}: exit {result.returncode}, {errors.strip()[:160]}", result.returncode == 1 and text in errors)
        return errors

    def kept(self, what, path, *command, text="would be written"):
        before = path.read_bytes()
        self.refused(what, text, *command)
        self.tools.expect(f"{what}: what was there is kept", path.read_bytes() == before)

    def models(self):
        """What vaec reads."""
        os.mkfifo(self.folder / "pipe.vae")
        (self.folder / "long.vae").write_bytes(b" " * (1 << 24) + b"\n")
        self.refused("a pipe as a model", "it is not a regular file", "vaec", "pipe.vae")
        self.refused("an endless model", "it is not a regular file", "vaec", "/dev/zero")
        self.refused("a folder as a model", "no config.json in this folder", "vaec", self.folder)
        self.refused("a long model", "it has more than 16777216 bytes", "vaec", "long.vae")
        with open("/dev/zero") as endless:
            self.refused("an endless standard input", "it has more than 16777216 bytes", "vaec", "-", "-o", "z.vaep", stdin=endless)
        self.write("passwd", SECRET)
        os.symlink("passwd", self.folder / "linked.vae")
        for used, text in (("pipe.vae", "it is not a regular file"), ("passwd", "does not end in .vae"), ("linked.vae", "does not end in .vae"), ("none.vae", "No such file")):
            errors = self.refused(f"use of {used}", text, "vaec", self.write("user.vae", USER % used), "-o", "z.vaep")
            self.tools.expect(f"use of {used} quotes nothing of it", "secret" not in errors)

    def model_outputs(self):
        """What vaec writes."""
        os.link(self.source, self.folder / "hard.vae")
        os.symlink("small.vae", self.folder / "soft.vae")
        for output in ("small.vae", "./small.vae", "hard.vae", "soft.vae"):
            self.kept(f"vaec -o {output}", self.source, "vaec", "small.vae", "-o", output)
        library = self.write("library.vae", "block Twice(x) { return 2 * x }\n")
        self.kept("vaec -o of a used file", library, "vaec", self.write("user.vae", USER % "library.vae"), "-o", "library.vae", "--emit=vae")
        for words in (("--emit=vae",), ("--emit=ast",), ("-o", "-"), ("--help",), ("--version",)):
            with open("/dev/full", "wb") as full:
                self.refused(f"vaec {' '.join(words)} to a full disk", "No space left", "vaec", "small.vae", *words, stdout=full, stderr=subprocess.PIPE, capture_output=False)
        written = self.call("vaec", "-", "-o", "-", input=MODEL.encode())
        self.tools.expect("from standard input to standard output", written.returncode == 0 and written.stdout[:4] == b"VAEP" and not (self.folder / "-").exists())
        self.refused("an option that does not exist", "Did you mean", "vaec", "small.vae", "--emti=vae")
        self.tools.expect("vaec --version", self.call("vaec", "--version").stdout == b"vaec 0.1.0\n")
        help = self.call("vaec", "--help").stdout.decode()
        self.tools.expect(f"vaec --help has {len(help.splitlines())} lines", len(help.splitlines()) < 50 and "--emit=" in help)

    def inputs(self):
        """What vae-run reads."""
        os.mkfifo(self.folder / "pipe")
        for path in ("pipe", "/dev/zero", "/dev/stdin"):
            self.refused(f"{path} as a package", "not a regular file", "vae-run", "info", path, stdin=subprocess.PIPE, memory=1 << 28)
            self.refused(f"{path} as data", "not a regular file", "vae-run", "train", self.tools.package, f"--data={path}", stdin=subprocess.PIPE)
            self.refused(f"{path} as weights", "not a regular file", *self.train, f"--weights={path}", stdin=subprocess.PIPE)
        with open(self.folder / "sparse.vaep", "wb") as file:
            file.truncate(1 << 40)
        self.refused("a package of a terabyte of nothing", "not a package", "vae-run", "info", "sparse.vaep", memory=1 << 41)

    def cut_short(self):
        """Weights that another process truncates while they are read."""
        shapes = {"a.weight": (2000, 16), "a.bias": (2000,), "b.weight": (2000, 2000), "b.bias": (2000,), "c.weight": (1, 2000), "c.bias": (1,)}
        source = self.write("big.vae", "model big() { func f(x: f32[B, 16]) { return x |> linear(2000) @a |> linear(2000) @b |> linear(1) @c } }\n")
        package = self.tools.compile(source, "--target=x86-64-v3", package=self.folder / "big.vaep")
        weights, codes = self.folder / "cut.safetensors", set()
        for attempt in range(25):
            inputs.save_safetensors(weights, {name: np.zeros(shape, np.float32) for name, shape in shapes.items()})
            process = subprocess.Popen([self.tools.bin / "vae-run", "run", package, "f", f"x={self.data}", f"--weights={weights}", "-o", self.folder / "y.npy"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.002 * attempt)
            os.truncate(weights, 4000)
            codes.add(process.wait(timeout=60))
        self.tools.expect(f"weights cut short while they are read: exit codes {codes}", codes <= {0, 1})

    def outputs(self):
        """What vae-run writes."""
        weights = self.folder / "w.safetensors"
        self.call(*self.train, f"--save={weights}")
        self.kept("--save over the data", self.data, *self.train, f"--save={self.data}")
        self.kept("--log over the package", self.tools.package, *self.train, f"--log={self.tools.package}")
        self.kept("--save over --weights", weights, *self.train, f"--weights={weights}", f"--save={weights}")
        run = ("vae-run", "run", self.tools.package, "encode", f"x={self.data}", f"--weights={weights}")
        self.kept("a result over the input", self.data, *run, "-o", f"mu={self.data}")
        self.refused("two results in one file", "would be written twice", *run, "-o", "mu=r.npy", "-o", "logvar=./r.npy")
        for words in (("--save=s", "--log=s"), ("--save=s", "--save-average=./s"), ("--save=s", "--plot=s.png", "--log=s.png")):
            self.refused(f"{' '.join(words)}", "would be written twice", *self.train, *words)
        self.tools.expect("none of them is there", not (self.folder / "s").exists() and not (self.folder / "r.npy").exists())

    def modes_and_links(self):
        target, elsewhere = self.folder / "mode.safetensors", self.folder / "elsewhere"
        elsewhere.mkdir()
        self.call(*self.train, f"--save={target}")
        target.chmod(0o640)
        self.call(*self.train, f"--save={target}")
        self.tools.expect("the mode of what is replaced is kept", stat.S_IMODE(target.stat().st_mode) == 0o640)
        for name, to in (("new", elsewhere / "new.safetensors"), ("old", target)):
            link = self.folder / f"link-{name}.safetensors"
            link.symlink_to(to)
            result = self.call(*self.train, f"--save={link}")
            self.tools.expect(f"a link to a file that is {name} stays one", result.returncode == 0 and link.is_symlink() and to.is_file() and not to.is_symlink())

    def killed(self):
        """kill -9 in the middle of saves leaves nothing that stays or stops others."""
        save, delays = self.folder / "killed.safetensors", random.Random(3)
        command = [self.tools.bin / "vae-run", *map(str, self.train[1:-1]), "--epochs=3000", f"--save={save}", "--checkpoint-every=1"]
        for _ in range(8):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.1 + 0.3 * delays.random())
            process.kill()
            process.wait()
        result = self.call(*self.train, f"--save={save}")
        left = [p.name for p in self.folder.iterdir() if p.name.startswith(".") or ".tmp" in p.name]
        self.tools.expect(f"after kill -9 the next save ends well and leaves nothing {left or ''}", result.returncode == 0 and not left)

    def one_writer(self):
        save, log = self.folder / "one.safetensors", self.folder / "one.csv"
        first = subprocess.Popen([self.tools.bin / "vae-run", *map(str, self.train[1:-1]), "--epochs=100000", f"--save={save}", f"--log={log}"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (log.exists() and log.stat().st_size):
            time.sleep(0.05)
        self.refused("a second training on a checkpoint", f"is being written by process {first.pid}", *self.train, f"--save={save}")
        self.refused("a second training on a log", "another process is writing it", *self.train, f"--log={log}")
        first.terminate()
        self.tools.expect("the first goes on to its end", first.wait() == 143)
        self.tools.expect("then there is room for the next", self.call(*self.train, f"--save={save}").returncode == 0)


def test(tools, _):
    files = Files(tools)
    for part in (files.models, files.model_outputs, files.inputs, files.cut_short, files.outputs, files.modes_and_links, files.killed, files.one_writer):
        part()


if __name__ == "__main__":
    harness.main(__doc__, test)
