#!/usr/bin/env python3
"""Compiles an example, runs it on a device, and compares with the stored PyTorch results.

    check.py --bin=build/dev/bin --model=mnist_vae --device=cpu [--only=infer|gradient|train] [--all]

What is compared, and the same model in PyTorch, is in models/<model>.py.
"""
import importlib
import pathlib

import numpy as np

import harness
import inputs

HERE = pathlib.Path(__file__).parent
FORWARD, TRAINED = 1e-5, 1e-4  # relative to the largest magnitude of each result


class Check:
    """One model on one device beside its reference."""

    def __init__(self, tools, model, only, trains_all):
        self.harness, self.device, self.only = tools, tools.device, only
        # A processor that plays a Vulkan device compiles each shader for seconds: there only the first configuration trains, unless all are asked for.
        self.trains_all, self.trains = trains_all or tools.device == "cpu", True
        self.reference = np.load(HERE / "references" / f"{model.__name__.rpartition('.')[2]}.npz")
        self.values = self.drawn() if "shapes" in self.reference else model.weights()
        self.weights = tools.folder / "weights.safetensors"
        inputs.save_safetensors(self.weights, self.values)
        self.compile(model.SOURCE, model.DEFINES)
        self.compare = tools.compare

    def drawn(self, prefix=""):
        """The weights behind `prefix`: drawn for their shapes, but for those that are stored."""
        stored = prefix + "value/"
        return inputs.drawn(self.reference[prefix + "shapes"]) | {name.removeprefix(stored): self.reference[name] for name in self.reference if name.startswith(stored)}

    def other(self, source, defines, prefix):
        """Goes on with another configuration, whose results are stored behind `prefix`."""
        self.trains = self.trains_all
        self.values = self.drawn(prefix)
        inputs.save_safetensors(self.weights, self.values)
        self.compile(source, defines)

    def compile(self, source, defines):
        """As for everybody, but on Vulkan without machine code, which is half the time."""
        self.harness.compile(harness.EXAMPLES / source, *defines, *(["--target=vulkan"] if self.device == "vulkan" else []))

    def wants(self, part):
        return self.only in (None, part)

    def run(self, entry, arrays, outputs, *sites):
        return self.harness.run(entry, arrays, outputs, f"--weights={self.weights}", *self.harness.noise(*sites))

    def same(self, entry, arrays, tolerance=FORWARD, outputs=("result",), prefix=""):
        """The entry's outputs are those stored as `<prefix><entry>/<output>`."""
        values = self.run(entry, arrays, outputs)
        for name in outputs:
            self.compare(f"{prefix}{entry} {name}", values[name], self.reference[f"{prefix}{entry}/{name}"], tolerance)

    def gradients(self, loss, arrays, *sites, tolerance=TRAINED, prefix="", most=1500):
        """Those of all weights that are stored as `<prefix>gradient/<weight>`."""
        if not self.trains:
            return
        stored = {name: self.reference[f"{prefix}gradient/{name}"] for name in self.values if f"{prefix}gradient/{name}" in self.reference}
        result = self.run(f"{loss}.gradient", arrays, [f"gradient:{name}" for name in stored], *sites)
        largest = max(np.abs(expected).max() for expected in stored.values())
        for name, expected in stored.items():
            value = inputs.sample_of(result[f"gradient:{name}"], most)
            # What has no effect (a key's bias, which adds the same to a whole row of scores) is left with what rounding leaves.
            if np.abs(expected).max() < 1e-12 * largest:
                self.harness.expect(f"{self.device} gradient {name}: {np.abs(value).max():.1e}, near nothing", np.abs(value).max() < 1e-6 * largest)
            else:
                self.compare(f"{prefix}{loss} gradient {name}", value, expected, tolerance)

    def order(self, index, most, outputs_of):
        """Changes one code at a time of `index` [1, rows, columns], codes below `most`: exactly the logits behind it change, in reading order; the rest stay equal
        to the bit. `outputs_of` gives the logits of many such grids, [count, places, codes]."""
        places = index.size
        grids = np.repeat(index, places + 1, axis=0)
        changed = grids.reshape(places + 1, places)
        changed[range(places), range(places)] = (changed[range(places), range(places)] + 1) % most
        logits = outputs_of(grids)
        depends = (logits[:places] != logits[places]).any(axis=2)
        self.harness.expect(f"{self.device} logits depend on the codes before them alone", not np.tril(depends).any())
        self.harness.expect(f"{self.device} logits depend on every code before them", depends[np.triu_indices(places, 1)].all())

    def train(self, terms, data, *sites, batch=inputs.TRAIN_BATCH, tolerance=TRAINED, prefix=""):
        """Every step's terms, then the buffers that training leaves. Returns the weights, where this configuration trains."""
        if not self.trains:
            return None
        columns, saved = self.harness.train(data, f"--batch={batch}", "--epochs=1", "--no-shuffle", f"--weights={self.weights}", *self.harness.noise(*sites))
        for i, term in enumerate(terms):
            self.compare(f"{prefix}train {term}", columns[term], self.reference[f"{prefix}train"][:, i], tolerance)
        trained = inputs.load_safetensors(saved)
        for name in (name for name in self.reference if name.startswith(f"{prefix}buffer/")):
            self.compare(name, trained[name.removeprefix(f"{prefix}buffer/")], self.reference[name], tolerance)
        return trained


def test(tools, arguments):
    model = importlib.import_module(f"models.{arguments.model}")
    model.check(Check(tools, model, arguments.only, arguments.all))


if __name__ == "__main__":
    harness.main(__doc__, test, model={"required": True}, device={"default": "cpu"}, only={"choices": ("infer", "gradient", "train")}, all={"action": "store_true"})
