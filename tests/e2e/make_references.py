#!/usr/bin/env python3
"""Writes references/*.npz: what PyTorch computes in float64 from the inputs of inputs.py. Needs torch; tests do not.

    python3 tests/e2e/make_references.py
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import inputs


def linear(p, name, x):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def hidden(p, x):
    return F.relu(linear(p, "fc2", F.relu(linear(p, "fc1", x))))


def decode(p, z):
    return torch.sigmoid(linear(p, "out", F.relu(linear(p, "fc4", F.relu(linear(p, "fc3", z))))))


def encode(p, x):
    h = hidden(p, x)
    return linear(p, "mu", h), linear(p, "logvar", h)


def elbo(p, x, eps, beta=1.0):
    mu, logvar = encode(p, x)
    y = decode(p, mu + torch.exp(0.5 * logvar) * eps)
    bce = F.binary_cross_entropy(y, x, reduction="sum") / len(x)
    kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp()) / len(x)
    return bce + beta * kl, bce, kl


def autoencoder_loss(p, x):
    y = decode(p, linear(p, "code", hidden(p, x)))
    return (F.binary_cross_entropy(y, x, reduction="sum") / len(x),)


def parameters(model):
    return {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in inputs.weights(model).items()}


def train(p, loss):
    optimizer = torch.optim.Adam(list(p.values()), lr=1e-3)
    losses = []
    for step in range(inputs.TRAIN_STEPS):
        rows = slice(step * inputs.TRAIN_BATCH, (step + 1) * inputs.TRAIN_BATCH)
        terms = loss(p, rows)
        optimizer.zero_grad()
        terms[0].backward()
        optimizer.step()
        losses.append([float(t) for t in terms])
    return np.array(losses)


def gradients(p, terms):
    terms[0].backward()
    return {"gradient/" + name: inputs.sample_of(value.grad.numpy()) for name, value in p.items()}


def mnist_vae(x, eps):
    result, p = {}, parameters("mnist_vae")
    for batch in inputs.BATCHES:
        mu, logvar = encode(p, x[:batch])
        result[f"encode/{batch}/mu"], result[f"encode/{batch}/logvar"] = mu.detach().numpy(), logvar.detach().numpy()
        result[f"decode/{batch}"] = decode(p, eps[:batch]).detach().numpy().astype(np.float32)
        result[f"elbo/{batch}"] = np.array([float(t) for t in elbo(p, x[:batch], eps[:batch])])
    result |= gradients(p, elbo(p, x[:64], eps[:64]))
    p = parameters("mnist_vae")
    return result | {"train": train(p, lambda p, rows: elbo(p, x[rows], eps[rows]))}


def autoencoder(x, _):
    result, p = {}, parameters("autoencoder")
    for batch in inputs.BATCHES:
        result[f"encode/{batch}/z"] = linear(p, "code", hidden(p, x[:batch])).detach().numpy()
        result[f"loss/{batch}"] = np.array([float(t) for t in autoencoder_loss(p, x[:batch])])
    result |= gradients(p, autoencoder_loss(p, x[:64]))
    p = parameters("autoencoder")
    return result | {"train": train(p, lambda p, rows: autoencoder_loss(p, x[rows]))}


def main():
    count = inputs.TRAIN_BATCH * inputs.TRAIN_STEPS
    x = torch.tensor(inputs.images(count), dtype=torch.float64)
    eps = torch.tensor(inputs.noise(count), dtype=torch.float64)
    folder = pathlib.Path(__file__).parent / "references"
    for model in (mnist_vae, autoencoder):
        np.savez_compressed(folder / f"{model.__name__}.npz", **model(x, eps))


if __name__ == "__main__":
    main()
