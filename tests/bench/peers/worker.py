"""One peer at one work, in a process of its own. `worker.py prepare FOLDER WORK SIZE` stores what peers read; `worker.py PEER FOLDER WORK SIZE THREADS LIBRARY`
loads a peer and answers on its standard output: a line of JSON once it is ready, and one for each line that it reads (`check`, `memory`, or how often to run)."""
import ctypes
import json
import os
import pathlib
import sys
import time

import numpy as np

import works

PNNX_INPUTS = ("in0", "in1", "in2")


def largest_error(results, folder):
    """Of numbers the largest difference, of indices the share that differ."""
    errors = []
    for index, result in enumerate(results):
        expected = np.load(folder / f"expected{index}.npy")
        result = np.asarray(result).reshape(expected.shape)
        errors.append(np.mean(result != expected) if expected.dtype.kind in "iu" else np.abs(result.astype(np.float64) - expected).max())
    return float(max(errors))


def given(work):
    return [np.ascontiguousarray(value) for value in work.inputs().values()]


class Torch:
    """Eager, or compiled."""
    compiled = False

    def __init__(self, work, folder, threads):
        import torch

        torch.set_num_threads(threads)
        self.torch, self.work, self.version, self.model = torch, work, torch.__version__, work.module()
        self.values = [torch.tensor(value) for value in given(work)]
        self.checked = [*self.values, *map(torch.tensor, work.check_inputs().values())] if work.is_step else self.values
        self.call = torch.compile(self.model) if self.compiled else self.model
        self.learns = work.is_step or work.outputs[0].startswith("gradient")
        if work.is_step:
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=work.rate, fused=True)

    def check(self):
        with self.torch.set_grad_enabled(self.learns):
            result = self.call(*self.checked)
        results = result if isinstance(result, tuple) else (result,)
        return [value.detach().numpy() for value in results]

    def run(self):
        if self.work.is_step:
            self.optimizer.zero_grad()
            self.call(*self.values).backward()
            self.optimizer.step()
            return
        with self.torch.set_grad_enabled(self.learns):
            self.call(*self.values)


class TorchCompile(Torch):
    compiled = True


class OnnxRuntime:
    def __init__(self, work, folder, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.version = onnxruntime.__version__
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.values = dict(zip((value.name for value in self.session.get_inputs()), given(work)))

    def check(self):
        return self.session.run(None, self.values)

    run = check


class OpenVino:
    def __init__(self, work, folder, threads):
        import openvino

        self.version = openvino.__version__
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        self.request = openvino.Core().compile_model(str(folder / "model.onnx"), "CPU", settings).create_infer_request()
        self.values = dict(enumerate(given(work)))

    def check(self):
        return list(self.request.infer(self.values).values())

    def run(self):
        self.request.infer(self.values)


class Ncnn:
    def __init__(self, work, folder, threads):
        import ncnn

        self.ncnn, self.version, self.net, self.outputs = ncnn, ncnn.__version__, ncnn.Net(), len(work.outputs)
        self.net.opt.num_threads = threads
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(self.net.opt, name, False)
        if self.net.load_param(str(folder / "model.ncnn.param")) or self.net.load_model(str(folder / "model.ncnn.bin")):
            raise RuntimeError("the converted model does not load")
        # A batch of one has no axis of its own there.
        self.values = [ncnn.Mat(value[0] if value.ndim > 2 else value).clone() for value in given(work)]

    def check(self):
        extractor = self.net.create_extractor()
        for name, value in zip(PNNX_INPUTS, self.values):
            extractor.input(name, value)
        results = [extractor.extract(f"out{index}") for index in range(self.outputs)]
        if any(code for code, _ in results):
            raise RuntimeError("the converted model does not run")
        return [np.array(value) for _, value in results]

    run = check


class Jax:
    def __init__(self, work, folder, threads):
        import jax
        import jax.numpy as jnp

        import jax_losses

        self.jax, self.version, self.work, loss = jax, jax.__version__, work, getattr(jax_losses, work.jax_loss)
        noise = [value.shape for value in work.check_inputs().values()]
        self.values = [jnp.asarray(value) for value in (*given(work), *work.check_inputs().values())]
        self.loss = jax.jit(loss)
        with np.load(folder / "weights.npz") as stored:
            self.weights = {name: jnp.asarray(stored[name]) for name in stored if "running" not in name}
        self.first = self.weights
        self.state = {name: (jnp.zeros_like(value), jnp.zeros_like(value)) for name, value in self.weights.items()}
        self.key, self.count = jax.random.PRNGKey(1), 0

        def step(weights, state, count, key, x):
            key, drawn = jax.random.split(key)
            gradients = jax.grad(loss)(weights, x, *(jax.random.normal(drawn, shape) for shape in noise))
            updated, states = {}, {}
            for name, g in gradients.items():
                m, v = state[name]
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
                updated[name] = weights[name] - work.rate * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8)
                states[name] = m, v
            return updated, states, key

        self.step = jax.jit(step, donate_argnums=(0, 1))
        self.weights = {name: value.copy() for name, value in self.weights.items()}

    def check(self):
        return [self.loss(self.first, *self.values)]

    def run(self):
        self.count += 1
        self.weights, self.state, self.key = self.step(self.weights, self.state, float(self.count), self.key, self.values[0])
        self.jax.block_until_ready(self.weights)


class Vaec:
    def __init__(self, work, folder, threads):
        sys.path.insert(0, str(works.ROOT / "tests/ops/numbers"))
        import library

        self.api, self.work, self.version, self.count = library, work, "", 0
        self.library = library.Library(os.environ["VAE_RUNTIME_LIBRARY"])
        self.session = library.Session(self.library, folder / "model.vaep", "cpu", threads)
        if (folder / "weights.safetensors").exists():
            self.session.load_weights(folder / "weights.safetensors")
        values = {name: self.library.tensor(value) for name, value in work.inputs().items()}
        self.given = (library.Input * max(len(values), 1))(*[library.Input(name.encode(), value) for name, value in values.items()])
        self.size = len(values)
        self.program = f"{work.program}.train" if work.is_step else work.program

    def check(self):
        inputs = self.work.inputs() | (self.work.check_inputs() if self.work.is_step else {})
        results = self.session.run(self.work.program, inputs)
        return [results[name] for name in self.work.outputs]

    def run(self):
        self.count += 1
        run = self.api.Run(program=self.program.encode(), inputs=self.given, input_count=self.size, seed=1, step=self.count)
        result = self.library.make("session_run", self.session.session, ctypes.byref(run))
        self.library.function("result_destroy")(result)


PEERS = {"vaec": Vaec, "torch": Torch, "torch.compile": TorchCompile, "onnxruntime": OnnxRuntime, "openvino": OpenVino, "ncnn": Ncnn, "jax": Jax}


def prepare(folder, work, peers):
    """Weights, what PyTorch computes, and the model in the forms that peers read. Tells which of these there are not, and why."""
    import torch

    sys.path.insert(0, str(works.ROOT / "tests/e2e"))
    from inputs import save_safetensors

    module, failures = work.module(), {}
    weights = work.weights(module)
    if weights:
        save_safetensors(folder / "weights.safetensors", weights)
        np.savez(folder / "weights.npz", **weights)
    for name, value in work.inputs().items():
        np.save(folder / f"{name}.npy", value)
    for index, value in enumerate(Torch(work, folder, 2).check()):
        np.save(folder / f"expected{index}.npy", value)
    values = tuple(torch.tensor(value) for value in given(work))
    for form, readers, store in (("ONNX", ("onnxruntime", "openvino"), store_onnx), ("ncnn", ("ncnn",), store_ncnn)):
        wanted = [reader for reader in readers if reader in peers]
        try:
            if wanted and values and not work.is_step:
                store(folder, module.eval(), values)
        except Exception as error:  # an exporter may fail in any way
            lines = str(error).strip().splitlines() or [type(error).__name__]
            failures |= {reader: f"no {form} model: {lines[0][:120]}" for reader in wanted}
    return failures


def store_onnx(folder, module, values):
    import torch

    torch.onnx.export(module, values, str(folder / "model.onnx"), dynamo=True, external_data=False, verbose=False)


def store_ncnn(folder, module, values):
    import subprocess

    import torch

    with torch.no_grad():
        torch.jit.trace(module, values).save(str(folder / "model.pt"))
    shapes = ",".join(str(list(value.shape)).replace(" ", "") + "f32" for value in values)
    converter = pathlib.Path(sys.executable).parent / "pnnx"
    done = subprocess.run([converter, "model.pt", f"inputshape={shapes}", "fp16=0"], cwd=folder, capture_output=True, text=True, timeout=300)
    if not (folder / "model.ncnn.param").exists():
        raise RuntimeError(f"pnnx ends with {done.returncode}")


def peak_memory():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def timed(peer):
    start = time.perf_counter()
    peer.run()
    return time.perf_counter() - start


def main():
    what, folder, name, size, threads = sys.argv[1:6]
    # Answers go where standard output did; what libraries print does not.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answer = lambda value: print(json.dumps(value), file=answers, flush=True)
    folder, work = pathlib.Path(folder), works.WORKS[name](int(size))
    if what == "prepare":
        answer(prepare(folder, work, sys.argv[6].split(",")))
        return
    start = time.perf_counter()
    peer = PEERS[what](work, folder, int(threads))
    error = largest_error(peer.check(), folder)
    answer({"version": peer.version, "error": error, "load": time.perf_counter() - start})
    for line in sys.stdin:
        answer(peak_memory() if line.strip() == "memory" else [timed(peer) for _ in range(int(line))])


if __name__ == "__main__":
    main()
