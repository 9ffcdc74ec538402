#!/usr/bin/env python3
"""What a machine refuses ends in a line and an exit code: memory, threads, and time that a signal takes away.

    limits.py --bin=build/dev/bin --malloc=build/dev/tests/e2e/libfailing_malloc.so [--density=3]
"""
import json
import os
import re
import resource
import signal
import subprocess
import time

import numpy as np

import harness

MODEL = """model small(hidden: int = 64) {
  func encode(x: f32[B, 16] in [0, 1]) -> f32[B, 2] { return x |> linear(hidden) @a |> relu |> linear(2) @b }
  func decode(z: f32[B, 2]) -> f32[B, 16] in [0, 1] { return z |> linear(16) @c |> sigmoid }
  func sample(n: int) -> f32[n, 16] in [0, 1] { return decode(normal([n, 2])) }
  loss fit(x: f32[B, 16] in [0, 1]) { return mse(encode(x), x[.., 0..2]) + mean(sample(4)) }
  train { minimize fit with adam(lr = 1e-2) }
}
"""
WIDE = """model wide() {
  func f(x: f32[B, 1024]) { return x |> linear(1024) @a |> relu |> linear(1024) @b |> relu |> linear(1024) @c |> relu |> linear(1024) @d }
  loss l(x: f32[B, 1024]) { return mse(f(x), x) }
  train { minimize l with sgd(lr = 1e-4) }
}
"""
SLOW = """model slow() {
  loss l(x: f32[B, 64]) { return mse(x |> linear(2048) @a |> relu |> linear(2048) @b |> relu |> linear(2048) @c |> relu |> linear(64) @d, x) }
  train { minimize l with sgd(lr = 1e-4) }
}
"""


def rows(log):
    """The steps that a log has."""
    return max(0, len(log.read_text().splitlines()) - 1) if log.exists() else 0


class Limits:
    def __init__(self, tools, arguments):
        self.tools, self.folder, self.malloc, self.density = tools, tools.folder, arguments.malloc, arguments.density
        (self.folder / "small.vae").write_text(MODEL)
        tools.compile(self.folder / "small.vae", "--target=x86-64-v3,vulkan")
        self.data = tools.array("x", np.random.RandomState(3).rand(64, 16).astype(np.float32))
        self.save = self.folder / "w.safetensors"
        package = str(tools.package)
        self.commands = {
            "info": ["vae-run", "info", package],
            "train": ["vae-run", "train", package, f"--data={self.data}", "--epochs=1", f"--save={self.save}", "--threads=2"],
            "sample": ["vae-run", "sample", package, f"--weights={self.save}", "--grid=2x2", "-o", str(self.folder / "s.npy"), "--threads=2"],
            "roundtrip": ["vae-run", "roundtrip", package, tools.array("two", np.full((2, 16), 0.5, np.float32)), f"--weights={self.save}",
                          f"--out={self.folder / 'back'}", "--threads=2"],
            "compile": ["vaec", str(self.folder / "small.vae"), "--target=x86-64-v3", "--jobs=2", "-o", str(self.folder / "again.vaep")],
        }
        self.run("train")

    def run(self, name, memory=0, **environment):
        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if memory:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        tool, *words = self.commands[name]
        return subprocess.run([self.tools.bin / tool, *words], env=dict(os.environ, **environment), preexec_fn=limit, capture_output=True, text=True,
                              errors="replace", timeout=120)

    def judge(self, what, results, foreign=""):
        """Each run ended well, or with exit code 1 and one line beside those that libraries write, which `foreign` matches."""
        def is_refused(result):
            lines = result.stderr.strip().splitlines()
            return result.returncode == 1 and len([line for line in lines if not (foreign and re.match(foreign, line))]) == 1

        bad = [(at, r.returncode, r.stderr.strip()[:120]) for at, r in results if r.returncode != 0 and not is_refused(r)]
        ended = sum(r.returncode == 1 for _, r in results)
        self.tools.expect(f"{what}: {ended} of {len(results)} runs refused{'; wrong: ' + repr(bad[:3]) if bad else ''}", not bad and ended)
        left = [p.name for p in self.folder.iterdir() if p.name.startswith(".") and not p.name.endswith(".vae-lock")]
        self.tools.expect(f"{what}: nothing lies beside the outputs {left or ''}", not left)

    def failing_allocations(self):
        for name in ("info", "train", "sample", "roundtrip"):
            for following in ({}, {"FAIL_ON": "1"}):
                results, at = [], 1
                while not results or results[-1][1].returncode or at < 1000:
                    results.append((at, self.run(name, LD_PRELOAD=str(self.malloc), FAIL_AT=str(at), **following)))
                    at += 1 + at // self.density
                self.judge(f"{name}, an allocation {'and all later ones fail' if following else 'fails'}", results)

    def small_memory(self):
        """The compiler, which does not start where its libraries have no room."""
        results = [(mib, self.run("compile", memory=mib << 20)) for mib in range(200, 700, 20)]
        self.judge("compile in little address space", [(mib, result) for mib, result in results if result.returncode != 127])
        self.tools.expect("the last of them compiles", results[-1][1].returncode == 0)

    def refused_threads(self):
        """Stacks of 8 MiB do not fit: with the threads that there are, or an error."""
        self.commands["threads"] = ["vae-run", "bench", str(self.tools.package), "fit.train", "B=20000", "--threads=64", "--repeat=1"]
        results = [(mib, self.run("threads", memory=mib << 20)) for mib in range(60, 600, 60)]
        bad = [(mib, r.returncode, r.stderr[:100]) for mib, r in results if r.returncode not in (0, 1)]
        self.tools.expect(f"threads that do not fit into memory {bad or ''}", not bad)
        self.tools.expect("the last of them runs", results[-1][1].returncode == 0)

    def small_memory_on_vulkan(self):
        """Drivers crash where they lack memory; that is an error too."""
        self.commands["vulkan"] = ["vae-run", "bench", str(self.tools.package), "fit.train", "B=64", "--repeat=1", "--device=vulkan"]
        results = [(mib, self.run("vulkan", memory=mib << 20)) for mib in range(60, 600, 60)]
        self.judge("Vulkan in little address space", results, foreign=r"LLVM ERROR: |MESA: ")

    def interrupt(self, what, command, code, wait=1.0, line=r"vae-run: stopped by .*", within=5.0, log=None):
        """After `wait` seconds, or once the log has a step, which on a slow device is later."""
        process = subprocess.Popen([self.tools.bin / command[0], *map(str, command[1:])], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(wait)
        while log and process.poll() is None and rows(log) < 1:
            time.sleep(0.05)
        running = process.poll() is None
        begin = time.time()
        process.send_signal(code - 128)
        errors = process.communicate(timeout=60)[1].strip()
        seconds = time.time() - begin
        self.tools.expect(f"{what}: exit {process.returncode}, {seconds:.1f} s, {errors}",
                          running and process.returncode == code and seconds < within and re.fullmatch(line, errors))

    def batch_of(self, package, device, seconds):
        """With which a step takes about so long here."""
        few = 30
        words = ["bench", package, "l.train", f"B={few}", "--repeat=1", "--threads=1", "--json", f"--device={device}"]
        timed = subprocess.run([self.tools.bin / "vae-run", *words], check=True, capture_output=True, text=True)
        return max(4, min(2500, int(few * seconds / (json.loads(timed.stdout)["median_ms"] / 1000))))

    def long_step(self, device):
        """A signal late in a step that takes long, when weights have changed: the step is dropped, and a resume gives what an unbroken run gives."""
        (self.folder / "slow.vae").write_text(SLOW)
        package = self.tools.compile(self.folder / "slow.vae", package=self.folder / "slow.vaep")
        batch = self.batch_of(package, device, 6)  # ten times what its weights take to write, on a busy machine, too
        data = self.tools.array("long", np.random.RandomState(4).rand(16 * batch, 64).astype(np.float32))
        save, whole, log = (self.folder / name for name in ("long.safetensors", "whole.safetensors", "long.csv"))

        def command(*words):
            return [self.tools.bin / "vae-run", "train", package, f"--data={data}", f"--batch={batch}", "--threads=1", f"--device={device}", *map(str, words)]

        def wait_for(count):
            while process.poll() is None and rows(log) < count:
                time.sleep(0.01)
            return time.time()

        dropped = False
        for share in (0.75, 0.6, 0.85):  # of the third step; of a busy machine it may be over by then, so that the next one is stopped
            log.unlink(missing_ok=True)
            process = subprocess.Popen(command("--epochs=1", f"--save={save}", f"--log={log}"), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True)
            first, second = wait_for(1), wait_for(2)
            time.sleep(share * (second - first))
            done, begin = rows(log), time.time()
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=120)[1].strip()
            seconds, step = time.time() - begin, int((re.search(r"after step (\d+); .* keeps step \1$", errors) or [0, 0])[1])
            self.tools.expect(f"a step of {second - first:.1f} s on {device} is stopped: exit {process.returncode}, {seconds:.2f} s, {errors}",
                              process.returncode == 130 and step == rows(log) >= done and seconds < 1 + (second - first) / 2)
            if dropped := step == done:
                break
        self.tools.expect(f"the step on {device} is dropped, not ended", dropped or second - first < 0.6)
        subprocess.run(command(f"--steps={step + 1}", f"--save={whole}"), check=True, capture_output=True)
        subprocess.run(command(f"--steps={step + 1}", f"--save={save}", f"--resume={save}"), check=True, capture_output=True)
        self.tools.expect(f"and a resume on {device} gives the bytes of an unbroken run", save.read_bytes() == whole.read_bytes())

    def signals(self):
        (self.folder / "wide.vae").write_text(WIDE)
        wide = self.tools.compile(self.folder / "wide.vae", package=self.folder / "wide.vaep")
        self.long_step("cpu")
        self.long_step("vulkan")
        data = self.tools.array("wide", np.ones((4000, 1024), np.float32))
        save, log = self.folder / "signal.safetensors", self.folder / "signal.csv"
        for device in ("cpu", "vulkan"):
            run = ["vae-run", "bench", wide, "f", "B=4000", "--repeat=100000", f"--device={device}"]
            self.interrupt(f"a run on {device} is interrupted", run, 128 + signal.SIGINT)
            self.interrupt(f"a run on {device} is ended", run, 128 + signal.SIGTERM)
            train = ["vae-run", "train", wide, f"--data={data}", "--batch=4", "--epochs=1000", f"--save={save}", f"--log={log}", f"--device={device}"]
            log.unlink(missing_ok=True)
            self.interrupt(f"training on {device} is interrupted", train, 128 + signal.SIGINT, log=log,
                           line=r"vae-run: stopped by SIGINT after step [1-9]\d*; .*signal\.safetensors keeps step \d+")
            self.tools.expect(f"it has written its checkpoint on {device}", save.exists())
            save.unlink(missing_ok=True)
        compile = ["vaec", harness.EXAMPLES / "dvae/dvae.vae", "-o", self.folder / "stopped.vaep"]
        self.interrupt("compiling is interrupted", compile, 128 + signal.SIGINT, wait=0.5, line="vaec: stopped by a signal")
        self.tools.expect("it has written nothing", not (self.folder / "stopped.vaep").exists())


def test(tools, arguments):
    limits = Limits(tools, arguments)
    limits.failing_allocations()
    limits.small_memory()
    limits.refused_threads()
    limits.small_memory_on_vulkan()
    limits.signals()


if __name__ == "__main__":
    harness.main(__doc__, test, malloc={"required": True}, density={"type": int, "default": 3, "help": "higher: more of the allocations"})
