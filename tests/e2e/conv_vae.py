#!/usr/bin/env python3
"""examples/conv_vae against PyTorch from the same weights, pictures and noise: values, gradients, and the loss of 20 steps of training.

    conv_vae.py --bin=build/dev/bin --device=cpu
    conv_vae.py --write      stores what PyTorch computes in float64; needs torch, which tests do not
"""
import argparse
import pathlib
import sys
import tempfile

import numpy as np

import check
import inputs

BATCH, STEPS = 8, 21
REFERENCE = pathlib.Path(__file__).parent / "references" / "conv_vae.npz"
# Paths, and the weights' shapes: [out, in, ...], for transposed convolutions [in, out, ...].
SHAPES = {"conv1": (32, 1, 4, 4), "conv2": (64, 32, 4, 4), "mu": (20, 3136), "logvar": (20, 3136), "fc": (3136, 20), "up1": (64, 32, 4, 4), "up2": (32, 1, 4, 4)}


def weights():
    random, result = np.random.RandomState(21), {}
    for name, shape in SHAPES.items():
        bound = 1 / np.sqrt(np.prod(shape[1:]))
        result[f"{name}.weight"] = random.uniform(-bound, bound, shape).astype(np.float32)
        result[f"{name}.bias"] = random.uniform(-bound, bound, shape[1 if name.startswith("up") else 0]).astype(np.float32)
    return result


def pictures():
    return inputs.images(BATCH * STEPS).reshape(-1, 1, 28, 28)


def write():
    import torch
    import torch.nn.functional as F

    def encode(p, x):
        h = F.leaky_relu(F.conv2d(x, p["conv1.weight"], p["conv1.bias"], 2, 1), 0.2)
        h = F.leaky_relu(F.conv2d(h, p["conv2.weight"], p["conv2.bias"], 2, 1), 0.2).flatten(1)
        return [F.linear(h, p[f"{name}.weight"], p[f"{name}.bias"]) for name in ("mu", "logvar")]

    def decode(p, z):
        h = F.relu(F.linear(z, p["fc.weight"], p["fc.bias"])).view(-1, 64, 7, 7)
        h = F.relu(F.conv_transpose2d(h, p["up1.weight"], p["up1.bias"], 2, 1))
        return torch.sigmoid(F.conv_transpose2d(h, p["up2.weight"], p["up2.bias"], 2, 1))

    def elbo(p, x, eps):
        mu, logvar = encode(p, x)
        bce = F.binary_cross_entropy(decode(p, mu + torch.exp(logvar / 2) * eps), x, reduction="sum") / len(x)
        kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp()) / len(x)
        return bce + kl, bce, kl

    p = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in weights().items()}
    x, eps = (torch.tensor(value, dtype=torch.float64) for value in (pictures(), inputs.noise(BATCH * STEPS)))
    result = {"mu": encode(p, x[:7])[0], "decoded": decode(p, eps[:7])}
    result = {name: value.detach().numpy().astype(np.float32) for name, value in result.items()}
    elbo(p, x[:7], eps[:7])[0].backward()
    result |= {f"gradient/{name}": inputs.sample_of(value.grad.numpy()).astype(np.float32) for name, value in p.items()}
    optimizer, losses = torch.optim.Adam(list(p.values()), lr=1e-3), []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        terms = elbo(p, x[rows], eps[rows])
        optimizer.zero_grad()
        terms[0].backward()
        optimizer.step()
        losses.append([term.item() for term in terms])
    np.savez_compressed(REFERENCE, train=np.array(losses), **result)


class ConvCheck(check.Check):
    def __init__(self, arguments, folder):
        self.bin, self.model, self.device = pathlib.Path(arguments.bin).resolve(), "conv_vae", arguments.device
        self.folder, self.failures, self.compared, self.reference = folder, 0, 0, np.load(REFERENCE)
        self.package, self.weights = folder / "model.vaep", folder / "weights.safetensors"
        inputs.save_safetensors(self.weights, weights())
        self.tool("vaec", pathlib.Path(__file__).parents[2] / "examples/conv_vae/conv_vae.vae", "-o", self.package)

    def all(self):
        x, eps = pictures(), inputs.noise(BATCH * STEPS)
        self.compare("mu", self.run("encode", {"x": x[:7]}, ["mu"])["mu"], self.reference["mu"], check.FORWARD)
        self.compare("decode", self.run("decode", {"z": eps[:7]}, ["result"])["result"], self.reference["decoded"], check.FORWARD)
        outputs = [f"gradient:{name}" for name in weights()]
        gradients = self.run("elbo.gradient", {"x": x[:7]}, outputs, self.noise(eps[:7]))
        for name in weights():
            self.compare(f"gradient {name}", inputs.sample_of(gradients[f"gradient:{name}"]), self.reference[f"gradient/{name}"], check.TRAINED)
        self.train_all(x, eps)

    def train_all(self, x, eps):
        np.save(self.folder / "data.npy", x)
        log = self.folder / "log.csv"
        self.tool("vae-run", "train", self.package, f"--data={self.folder / 'data.npy'}", f"--batch={BATCH}", "--epochs=1", "--no-shuffle",
                  f"--weights={self.weights}", f"--log={log}", f"--save={self.folder / 'trained.safetensors'}", f"--device={self.device}", self.noise(eps))
        rows = np.genfromtxt(log, delimiter=",", names=True)
        for i, term in enumerate(("loss", "bce", "kl")):
            self.compare(f"train {term}", rows[term], self.reference["train"][:, i], 2e-4)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.write:
        return write()
    with tempfile.TemporaryDirectory() as folder:
        conv = ConvCheck(arguments, pathlib.Path(folder))
        conv.all()
    print(f"{conv.compared} compared, {conv.failures} failed")
    sys.exit(1 if conv.failures or not conv.compared else 0)


if __name__ == "__main__":
    main()
