#!/usr/bin/env python3
"""vaec beside its peers (PyTorch eager and compiled, onnxruntime, OpenVINO in f32, ncnn, JAX): the same works with the same weights on the same threads, each
in a process of its own, in turn in one run. Prints one table: medians, and how many times as long a peer takes as vaec, the median over rounds. Peers come
by pip into an environment of their own; what cannot be installed or run is left out, and the table says why. Not a test.

    python3 tests/bench/peers.py --bin=build/release/bin [--work=decode,mnist] [--peer=ncnn,torch] [--size=32] [--env=PATH] [--json]

Works: decode, encode, tiny-decode, tiny-encode (of latents `--size` x `--size`), mnist, conv-vae, vq-vae (training steps), nearest, reparameterise, gemm,
attention, heads, compile. Errors are against PyTorch eager: the largest difference of a result, for codes the share that differs.
"""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
WORKER = HERE / "peers" / "worker.py"
OURS = "vaec"
PEERS = {  # packages, what is imported
    "torch": (["torch", "numpy", "diffusers"], "torch, diffusers"),
    "torch.compile": ([], "torch, diffusers"),
    "onnxruntime": (["onnxruntime", "onnx", "onnxscript"], "onnxruntime, onnx, onnxscript"),
    "openvino": (["openvino", "onnx", "onnxscript"], "openvino, onnx, onnxscript"),
    "ncnn": (["ncnn", "pnnx"], "ncnn, pnnx"),
    "jax": (["jax"], "jax"),
}
INFERENCE = ("torch", "torch.compile", "onnxruntime", "openvino", "ncnn")
RUNNERS = {  # who can run it
    **dict.fromkeys(("decode", "encode", "tiny-decode", "tiny-encode", "gemm", "attention", "heads"), INFERENCE),
    "nearest": INFERENCE[:4], **dict.fromkeys(("mnist", "conv-vae", "vq-vae"), ("torch", "torch.compile", "jax")),
    "reparameterise": ("torch", "torch.compile"), "compile": (),
}
PREPARING, STARTING = 900, 420  # seconds in which a model must be exported, and a peer ready


class Failure(Exception):
    """Why a peer is left out."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:160] if lines else "it ends without a word"


class Environment:
    """Python with the peers that could be installed."""

    def __init__(self, path, peers):
        self.python = path / "bin" / "python"
        if not self.python.exists():
            say(f"installing into {path}")
            subprocess.run([sys.executable, "-m", "venv", path], check=True)
        self.missing = {}
        for peer in dict.fromkeys(["torch", *peers]):  # the others are prepared by torch
            packages, imported = PEERS[peer]
            if not self.imports(imported) and not self.install(packages):
                self.missing[peer] = "its packages cannot be installed"
            elif not self.imports(imported):
                self.missing[peer] = "its packages cannot be imported"

    def imports(self, names):
        return subprocess.run([self.python, "-c", f"import {names}"], capture_output=True).returncode == 0

    def install(self, packages):
        say(f"pip install {' '.join(packages)}")
        return subprocess.run([self.python, "-m", "pip", "install", "--quiet", *packages], stdout=sys.stderr).returncode == 0


class Runner:
    """A peer that waits for its turn, stopped, so that threads which spin take nothing from others."""

    def __init__(self, words, environment, limit=STARTING):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        self.about = self.answer(limit)

    def answer(self, limit):
        late = threading.Event()
        timer = threading.Timer(limit, lambda: (late.set(), self.process.kill()))
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line:
            self.errors.seek(0)
            self.process.wait()
            raise Failure(f"not done after {limit} s" if late.is_set() else last_line(self.errors.read()))
        self.process.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def ask(self, question):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()
        return self.answer(STARTING)

    def close(self):
        self.process.kill()
        self.process.wait()


class Bench:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.bin = arguments, folder, arguments.bin.resolve()
        self.environment = Environment(arguments.env or self.bin.parent / "peers-env", arguments.peer)
        if "torch" in self.environment.missing:
            sys.exit(f"peers.py: PyTorch, by which all others are checked: {self.environment.missing['torch']}")
        self.variables = os.environ | {"VAE_RUNTIME_LIBRARY": str(self.bin.parent / "runtime" / "libvae_runtime.so"), "OMP_NUM_THREADS": str(arguments.threads),
                                       "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads={arguments.threads}"}

    def python(self, *words):
        return [self.environment.python, WORKER, *words]

    def compile(self, folder, describe):
        """The model of a work, or of the whole AutoencoderKL, to a package: seconds and the most bytes that the compiler held."""
        text, source = describe["source"], folder / "model.vae"
        if text.endswith(".vae"):
            source = HERE.parents[1] / "examples" / text
        else:
            source.write_text(text)
        words = [f"--target={self.arguments.target}"] if self.arguments.target else []
        # Weights of the part that runs are all that there are.
        words += [f"--programs={describe['program']}"] if describe["only"] else []
        return self.spawn([self.bin / "vaec", source, "-o", folder / "model.vaep", *words])

    def spawn(self, words, folder=None):
        # A process counts what its parent held when it began, so a small one starts it.
        script = ("import os, sys, time; start = time.time(); _, code, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0); "
                  "print(time.time() - start, usage.ru_maxrss, code)")
        done = subprocess.run([sys.executable, "-I", "-S", "-c", script, *map(str, words)], capture_output=True, text=True, cwd=folder)
        seconds, kilobytes, code = done.stdout.split()[-3:]
        if int(code):
            raise Failure(last_line(done.stderr))
        return float(seconds), int(kilobytes) * 1024

    def describe(self, name):
        """What the driver must know of a work; it has no NumPy itself."""
        script = ("import json, sys; sys.path.insert(0, sys.argv[1]); import works; w = works.WORKS[sys.argv[2]](int(sys.argv[3])); "
                  "print(json.dumps({k: getattr(w, k) for k in ('title', 'source', 'program', 'only', 'outputs')} | {'inputs': list(w.inputs())}))")
        return json.loads(subprocess.run([self.environment.python, "-c", script, WORKER.parent, name, str(self.arguments.size)], check=True,
                                         capture_output=True, text=True).stdout)

    def start(self, peer, folder, name):
        words = (peer, folder, name, self.arguments.size, self.arguments.threads)
        return Runner(self.python(*words), self.variables)

    def prepare(self, folder, name, peers):
        runner = Runner(self.python("prepare", folder, name, self.arguments.size, self.arguments.threads, ",".join(peers)), self.variables, PREPARING)
        runner.close()
        return runner.about

    def work(self, name, folder):
        if name == "compile":
            return self.compilation(folder)
        describe = self.describe(name)
        peers = [peer for peer in (OURS, *RUNNERS[name]) if peer == OURS or peer in self.arguments.peer]
        skipped = {peer: why for peer, why in self.environment.missing.items() if peer in peers}
        say(f"{describe['title']}: preparing")
        skipped |= self.prepare(folder, name, peers)
        seconds, _ = self.compile(folder, describe)
        row = {"work": name, "title": describe["title"], "compile_s": seconds, "seconds": {}, "ratio": {}, "error": {}, "memory": {}, "version": {}, "skipped": skipped}
        runners = {}
        try:
            for peer in (peer for peer in peers if peer not in skipped):
                say(f"{describe['title']}: {peer}")
                try:
                    runners[peer] = self.start(peer, folder, name)
                except Failure as failure:
                    skipped[peer] = str(failure)
            self.measure(row, runners)
        finally:
            for runner in runners.values():
                runner.close()
        if name in ("decode", "encode", "tiny-decode", "tiny-encode"):
            row["memory"][OURS] = self.own_memory(folder, describe)
        return row

    def measure(self, row, runners):
        """Rounds in which all take their turns, each often enough to fill a little time."""
        counts = {}
        for peer, runner in runners.items():
            row["error"][peer], row["version"][peer] = runner.about["error"], runner.about["version"]
            runner.ask(1)
            counts[peer] = max(1, min(50, int(0.4 / max(1e-6, *runner.ask(1)))))
        rounds = [{peer: statistics.median(runner.ask(counts[peer])) for peer, runner in runners.items()} for _ in range(self.arguments.rounds)]
        for peer, runner in runners.items():
            row["seconds"][peer] = statistics.median(round[peer] for round in rounds)
            row["memory"][peer] = runner.ask("memory")
            if OURS in runners:
                row["ratio"][peer] = statistics.median(round[peer] / round[OURS] for round in rounds)

    def own_memory(self, folder, describe):
        """Of `vae-run` itself: the runner above is Python."""
        values = [f"{name}={folder / name}.npy" for name in describe["inputs"]]
        words = [self.bin / "vae-run", "run", "model.vaep", describe["program"], *values, "--weights=weights.safetensors", f"--threads={self.arguments.threads}"]
        return self.spawn([*words, "-o", f"{describe['outputs'][0]}=own.npy"], folder)[1]

    def compilation(self, folder):
        runs = [self.compile(folder, {"source": "autoencoder_kl/autoencoder_kl.vae", "only": False}) for _ in range(self.arguments.rounds)]
        seconds, memory = (statistics.median(side) for side in zip(*runs))
        return {"work": "compile", "title": "vaec AutoencoderKL to package", "seconds": {OURS: seconds}, "ratio": {}, "error": {}, "memory": {OURS: memory}, "version": {},
                "skipped": {}}


def processor():
    names = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith(("model name", "flags"))]
    vectors = "AVX-512" if "avx512f" in names[1].split() else "AVX2"
    return f"{names[0]}, {vectors}, {os.cpu_count()} processors"


def amount(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def print_table(report):
    print(f"{report['cpu']}; {report['threads']} threads, fp32; load of the machine {report['load']:.1f}")
    print(f"{'work':38} {'peer':14} {'median':>9} {'to vaec':>8} {'error':>8} {'peak MB':>8}  version")
    for row in report["works"]:
        for peer in sorted(row["seconds"], key=lambda peer: (peer != OURS, row["seconds"][peer])):
            ratio = f"{row['ratio'][peer]:.2f}" if peer != OURS and peer in row["ratio"] else ""
            error = f"{row['error'][peer]:.0e}" if peer in row["error"] else ""
            memory = f"{row['memory'][peer] / 1e6:.0f}" if peer in row["memory"] else ""
            print(f"{row['title']:38} {peer:14} {amount(row['seconds'][peer]):>9} {ratio:>8} {error:>8} {memory:>8}  {row['version'].get(peer, '')}")
        for peer, why in row["skipped"].items():
            print(f"{row['title']:38} {peer:14} left out: {why}")
    for name, why in report["left_out"].items():
        print(f"{name}: left out: {why}")


def chosen(known, what):
    def parse(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"'{unknown[0]}' is not a {what}; there are {', '.join(known)}")
        return names

    return parse


def parse(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=chosen(RUNNERS, "work"), default=list(RUNNERS), help="NAME,...")
    parser.add_argument("--peer", type=chosen(PEERS, "peer"), default=list(PEERS), help="NAME,...")
    parser.add_argument("--size", type=int, default=64, help="height and width of latents; 32 is a quick one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=15, help="no work begins when these are over, installing left aside")
    parser.add_argument("--target", default="", help="of vaec: x86-64-v3, x86-64-v4; this CPU if left out")
    parser.add_argument("--env", type=pathlib.Path, help="of the peers; kept, and reused if it is there")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(words)


def main():
    arguments = parse()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(arguments, pathlib.Path(name))
        report = {"cpu": processor(), "threads": arguments.threads, "load": os.getloadavg()[0], "works": [], "left_out": {}}
        end = time.monotonic() + 60 * arguments.minutes
        for work in arguments.work:
            folder = bench.folder / work
            folder.mkdir()
            if time.monotonic() > end:
                report["left_out"][work] = f"{arguments.minutes:g} minutes are over"
                continue
            try:
                report["works"].append(bench.work(work, folder))
            except (Failure, subprocess.CalledProcessError) as failure:
                report["left_out"][work] = str(failure)
    print(json.dumps(report, indent=2)) if arguments.json else print_table(report)


if __name__ == "__main__":
    main()
