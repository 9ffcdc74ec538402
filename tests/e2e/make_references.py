#!/usr/bin/env python3
"""Writes references/*.npz: what PyTorch computes in float64 from the inputs of inputs.py. Needs torch; tests do not.

    python3 tests/e2e/make_references.py [MODEL...]
"""
import importlib
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

import inputs

MODULES = ("autoencoder_kl", "autoencoder_kl_decoder", "autoencoder_kl_decoder_gan", "autoencoder_kl_gan", "autoencoder_tiny", "code_transformer", "conv_vae",
           "ddpm", "denoiser", "dvae", "latent_diffusion", "pixelcnn", "vqgan", "vqvae", "vqvae_ema", "vq_model", "vqvae2")  # described in models/


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


def moments(p, x, eps, alpha=1.0, beta=1.0):
    mu, logvar = encode(p, x)
    sigma = torch.exp(0.5 * logvar)
    bce = F.binary_cross_entropy(decode(p, mu + sigma * eps), x, reduction="sum") / len(x)
    centre, spread = mu.square().sum() / len(x), (sigma - 1).square().sum() / len(x)
    return bce + alpha * centre + beta * spread, bce, centre, spread


def train(p, loss, make=lambda p: torch.optim.Adam(p, lr=1e-3), rate=None):
    """`rate` gives the learning rate of a step, where it changes."""
    optimizer = make(list(p.values()))
    losses = []
    for step in range(inputs.TRAIN_STEPS):
        if rate:
            optimizer.param_groups[0]["lr"] = rate(step)
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


def beta_vae(x, eps):
    def loss(p, rows):
        beta = 4.0 * min(rows.start // inputs.TRAIN_BATCH / inputs.WARMUP, 1)
        return *elbo(p, x[rows], eps[rows], beta), beta

    return {"train": train(parameters("beta_vae"), loss)}


def moment_vae(x, eps):
    return {"train": train(parameters("moment_vae"), lambda p, rows: moments(p, x[rows], eps[rows]))}


def optimizers(*_):
    x = torch.tensor(inputs.points(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS), dtype=torch.float64)

    def loss(p, rows):
        y = linear(p, "fc2", torch.tanh(linear(p, "fc1", x[rows])))
        return (F.mse_loss(y, x[rows, :3]),)

    cosine = lambda step: 0.01 + 0.09 * (1 + math.cos(math.pi * min(step, 16) / 16)) / 2
    kinds = {
        "sgd": dict(make=lambda p: torch.optim.SGD(p, lr=0.1)),
        "momentum": dict(make=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05)),
        "nesterov": dict(make=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True)),
        "adam": dict(make=lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.5, 0.9))),
        "adamw": dict(make=lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.5)),
        "annealed": dict(make=lambda p: torch.optim.AdamW(p, weight_decay=0.5), rate=cosine),
    }
    return {kind: train(parameters("optimizers"), loss, **how)[:, 0] for kind, how in kinds.items()}


def of_module(name):
    """A model that describes itself in PyTorch: models/<name>.py."""
    import torch_side

    return torch_side.stored(importlib.import_module(f"models.{name}").reference(torch_side))


def options(*_):
    x = torch.tensor(inputs.points(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS), dtype=torch.float64)
    ramp = lambda low, high: lambda step: low + (high - low) * min(step / 10, 1)
    kinds = {
        "clipped": dict(make=lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9), limit=lambda step: 0.1),
        "sometimes": dict(make=lambda p: torch.optim.SGD(p, lr=0.3), limit=lambda step: 0.35),
        "warm": dict(make=lambda p: torch.optim.SGD(p, lr=0.3), limit=ramp(0.05, 1)),
        "averaged": dict(make=lambda p: torch.optim.Adam(p, lr=0.02), decay=lambda step: 0.9),
        "both": dict(make=lambda p: torch.optim.AdamW(p, lr=0.02), limit=lambda step: 0.2, decay=ramp(0.5, 0.99)),
        "part": dict(make=lambda p: torch.optim.SGD(p[2:], lr=0.2), limit=lambda step: 0.1, decay=lambda step: 0.8),
    }
    return {f"{kind}/{name}": value for kind, how in kinds.items() for name, value in train_with(x, **how).items()}


def train_with(x, make, limit=None, decay=None):
    """Losses, norms of gradients before they are clipped, and in the end the averages that `decay` gives."""
    model = torch.nn.ParameterDict({name.replace(".", "/"): value for name, value in parameters("options").items()})
    p = {name.replace("/", "."): value for name, value in model.items()}
    averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=lambda *args: None)
    optimizer = make(list(p.values()))
    trained = [value for group in optimizer.param_groups for value in group["params"]]
    losses, norms = [], []
    for step in range(inputs.TRAIN_STEPS):
        rows = x[step * inputs.TRAIN_BATCH:(step + 1) * inputs.TRAIN_BATCH]
        loss = F.mse_loss(linear(p, "fc2", torch.tanh(linear(p, "fc1", rows))), rows[:, :3])
        optimizer.zero_grad()
        loss.backward()
        if limit:
            norms.append(float(torch.nn.utils.clip_grad_norm_(trained, limit(step))))
        optimizer.step()
        if decay:
            averaged.multi_avg_fn = torch.optim.swa_utils.get_ema_multi_avg_fn(decay(step))
            averaged.update_parameters(model)
        losses.append(float(loss.detach()))
    result = {"loss": np.array(losses), "norm": np.array(norms)}
    if decay:
        result |= {"average/" + name.replace("/", "."): value.detach().numpy() for name, value in averaged.module.items()}
        result["predict"] = linear(p := {name.replace("/", "."): value for name, value in averaged.module.items()}, "fc2",
                                   torch.tanh(linear(p, "fc1", x[:64]))).detach().numpy()
    return result


def two_players(*_):
    data = {name: torch.tensor(value, dtype=torch.float64) for name, value in inputs.players(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS).items()}
    p = parameters("two_players")
    generate = lambda z: linear(p, "generator.out", torch.tanh(linear(p, "generator.up", z)))
    judge = lambda x: linear(p, "critic.out", torch.tanh(linear(p, "critic.down", x)))
    generator, critic = ([value for name, value in p.items() if name.startswith(part)] for part in ("generator", "critic"))
    first = torch.optim.Adam(generator, lr=0.02, betas=(0.5, 0.9))
    second = torch.optim.SGD(critic, lr=0.1, momentum=0.9)
    rows = []
    for step in range(inputs.TRAIN_STEPS):
        x, z, real = (data[name][step * inputs.TRAIN_BATCH:(step + 1) * inputs.TRAIN_BATCH] for name in ("x", "z", "real"))
        adversarial = float(step >= 5)
        y = generate(z)
        fit = F.mse_loss(y, x)
        imitate = fit - 0.3 * adversarial * judge(y).mean()
        first.zero_grad()
        imitate.backward()
        torch.nn.utils.clip_grad_norm_(generator, 0.5)
        first.step()
        hinge = F.relu(1 - judge(real)).mean() + F.relu(1 + judge(generate(z).detach())).mean()
        second.zero_grad()
        (adversarial * hinge).backward()
        second.step()
        rows.append([float(value.detach()) for value in (imitate, fit, adversarial * hinge, hinge)])
    return {"losses": np.array(rows)} | {"weight/" + name: value.detach().numpy() for name, value in p.items()}


def gradient(*_):
    """VQGAN's adaptive weight: the ratio of the norms of two gradients with respect to the last layer's weight."""
    players = inputs.players(inputs.TRAIN_BATCH * inputs.TRAIN_STEPS)
    data = {name: torch.tensor(players[name], dtype=torch.float64) for name in ("x", "z")}
    p = parameters("gradient")
    generate = lambda z: linear(p, "generator.out", torch.tanh(linear(p, "generator.up", z)))
    judge = lambda x: linear(p, "critic.out", torch.tanh(linear(p, "critic.down", x)))
    last = p["generator.out.weight"]
    first = torch.optim.Adam([value for name, value in p.items() if name.startswith("generator")], lr=0.02, betas=(0.5, 0.9))
    second = torch.optim.SGD([p[name] for name in ("critic.down.weight", "critic.down.bias", "critic.out.weight")], lr=0.1)
    rows, pull = [], {}
    for step in range(inputs.TRAIN_STEPS):
        x, z = (data[name][step * inputs.TRAIN_BATCH:(step + 1) * inputs.TRAIN_BATCH] for name in ("x", "z"))
        y = generate(z)
        rec, adv = F.mse_loss(y, x), -judge(y).mean()
        of_rec, of_adv = (torch.autograd.grad(value, last, retain_graph=True)[0] for value in (rec, adv))
        if step == 0:
            up = torch.autograd.grad(-adv, p["generator.up.bias"], retain_graph=True)[0]
            pull = {"pull/g": of_rec.numpy(), "pull/up": up.numpy(), "pull/size": of_rec.norm().numpy()}
        weight = torch.clamp(of_rec.norm() / (of_adv.norm() + 1e-6), 0, 1e4).detach()
        imitate = rec + 0.8 * weight * adv
        first.zero_grad()
        imitate.backward()
        first.step()
        hinge = F.relu(1 - judge(x)).mean() + F.relu(1 + judge(generate(z).detach())).mean()
        second.zero_grad()
        hinge.backward()
        second.step()
        rows.append([float(value.detach()) for value in (imitate, weight, hinge)])
    return {"losses": np.array(rows)} | pull | {"weight/" + name: value.detach().numpy() for name, value in p.items()}


def main():
    count = inputs.TRAIN_BATCH * inputs.TRAIN_STEPS
    x = torch.tensor(inputs.images(count), dtype=torch.float64)
    eps = torch.tensor(inputs.noise(count), dtype=torch.float64)
    folder = pathlib.Path(__file__).parent / "references"
    wanted = sys.argv[1:]
    for model in (mnist_vae, autoencoder, beta_vae, moment_vae, optimizers, options, two_players, gradient):
        if not wanted or model.__name__ in wanted:
            np.savez_compressed(folder / f"{model.__name__}.npz", **model(x, eps))
    for name in MODULES:
        if not wanted or name in wanted:
            np.savez_compressed(folder / f"{name}.npz", **of_module(name))


if __name__ == "__main__":
    main()
