#!/usr/bin/env python3
"""What a session prepares of weights follows them: loaded, set, trained. Results are those of a fresh session with the same weights, to the bit.

    prepared.py --bin=build/dev/bin
"""
import pathlib
import sys

import numpy as np

import harness
import inputs

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "ops" / "numbers"))
from library import Library, Session  # noqa: E402

RANDOM = np.random.RandomState(3)
PICTURES = inputs.images(4)
CODES = {"index": RANDOM.randint(0, 16, (2, 3, 4)).astype(np.int32), "label": np.array([1, 7], np.int32)}
# By model: options of the compiler, an entry and the loss on the same inputs. Matrices in panels; filters in panels, plain and transposed; masked ones in a loop.
MODELS = {
    "mnist_vae": ((), "reconstruct", "elbo", {"x": PICTURES}),
    "conv_vae": ((), "reconstruct", "elbo", {"x": PICTURES.reshape(4, 1, 28, 28)}),
    "pixelcnn": (("-Dcodes=16", "-Dwidth=20", "-Dlayers=2"), "logits", "nll", CODES),
}


# Weights of 17 MB, and results of 70 KB or 36 MB.
WIDE = """model wide() {
  func spread(x: f32[B, 1024], w: f32[K]) -> (y: f32[B, 1088, K]) { return reshape(x |> linear(2048) @a |> relu |> linear(1088) @b, [shape(x)[0], 1088, 1]) * w }
}
"""


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


class Case:
    def __init__(self, tools, library, device, model):
        self.tools, self.library, self.device, self.model = tools, library, device, model
        options, self.entry, self.loss, self.inputs = MODELS[model]
        self.package = tools.compile(harness.EXAMPLES / model / f"{model}.vae", *options)
        self.weights = tools.folder / "weights.safetensors"

    def expect(self, what, holds):
        self.tools.expect(f"{self.device} {self.model}: {what}", holds)

    def run(self, session):
        return session.run(self.entry, self.inputs)

    def fresh(self):
        """The entry's results in a session that knows these weights alone."""
        session = Session(self.library, self.package, self.device)
        session.load_weights(self.weights)
        result = self.run(session)
        session.close()
        return result

    def check(self):
        session = Session(self.library, self.package, self.device)
        first = self.run(session)
        self.expect("a second run gives the same", same(self.run(session), first))
        plain, prepared = session.run(f"{self.loss}.gradient", self.inputs)["loss"], session.run(self.loss, self.inputs)["loss"]
        self.expect("the loss is that of its gradient, which prepares nothing", abs(plain - prepared) <= 1e-5 * abs(plain))

        for _ in range(2):
            session.run(f"{self.loss}.train", self.inputs)
        trained = self.run(session)
        session.save_weights(self.weights)
        self.expect("training changes results", not same(trained, first))
        self.expect("as a fresh session has them", same(self.fresh(), trained))

        saved = inputs.load_safetensors(self.weights)
        self.expect("weights are saved, and nothing prepared", not any("prepared" in name for name in saved))
        halved = {name: value / 2 for name, value in saved.items()}
        for name, value in halved.items():
            session.set_parameter(name, value)
        changed = self.run(session)
        session.load_weights(self.weights)
        self.expect("loading them again brings results back", same(self.run(session), trained))
        inputs.save_safetensors(self.weights, halved)
        self.expect("parameters set one by one are as good as loaded", same(self.fresh(), changed))
        session.close()


class Stages:
    """Where a run needs more memory than what is prepared, that comes and goes in it: results stay, to the bit, in any order of sizes."""

    def __init__(self, tools, library, device):
        self.tools, self.device, self.weights = tools, device, tools.folder / "wide.safetensors"
        (tools.folder / "wide.vae").write_text(WIDE)
        self.session = Session(library, tools.compile(tools.folder / "wide.vae"), device)
        self.x, self.factors = RANDOM.uniform(-1, 1, (4, 1024)).astype(np.float32), RANDOM.uniform(1, 2, 2048).astype(np.float32)

    def run(self, count):
        return self.session.run("spread", {"x": self.x, "w": self.factors[:count]})["y"]

    def expect(self, what, holds):
        self.tools.expect(f"{self.device} stages: {what}", holds)

    def check(self):
        kept = self.run(2048)  # no file has these weights
        self.session.save_weights(self.weights)
        self.session.load_weights(self.weights)
        few, many = self.run(4), self.run(2048)
        self.expect("as with weights that are kept", np.array_equal(kept, many))
        self.expect("the same whether kept or made anew", np.array_equal(few, many[..., :4]))
        self.expect("again", np.array_equal(self.run(2048), many) and np.array_equal(self.run(4), few))
        halved = {name: value / 2 for name, value in inputs.load_safetensors(self.weights).items()}
        inputs.save_safetensors(self.weights, halved)
        self.session.load_weights(self.weights)
        self.expect("another file is read", not np.array_equal(self.run(2048), many))
        bias = RANDOM.uniform(-1, 1, 1088).astype(np.float32)
        self.session.set_parameter("b.weight", np.zeros((1088, 2048), np.float32))
        self.session.set_parameter("b.bias", bias)
        self.expect("so is what a caller sets", np.array_equal(self.run(2048), np.broadcast_to(bias[:, None] * self.factors, (4, 1088, 2048))))
        self.session.close()


def test(tools, _):
    library = Library(tools.bin.parent / "runtime" / "libvae_runtime.so")
    for device in ("cpu", "vulkan"):
        for model in MODELS:
            Case(tools, library, device, model).check()
        Stages(tools, library, device).check()


if __name__ == "__main__":
    harness.main(__doc__, test)
