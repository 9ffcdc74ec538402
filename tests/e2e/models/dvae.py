"""dvae: codes, pictures of codes, gradients with the uniform draws given, and 20 steps through its annealing."""
import numpy as np

import inputs

CODES, WIDTH, CHANNELS, ANNEAL, WARMUP, TOP, GRID = 32, 16, (8, 16, 32), 16, 5, 2, 4
SOURCE = "dvae/dvae.vae"
DEFINES = (f"-Dcodes={CODES}", f"-Dwidth={WIDTH}", f"-Dchannels=[{','.join(map(str, CHANNELS))}]", f"-Danneal={ANNEAL}", f"-Dwarmup={WARMUP}", f"-Dtop={TOP}")
BATCH, STEPS = 4, 21
COUNT = BATCH * STEPS


def draws():
    return np.random.RandomState(31).uniform(0, 1, (COUNT, CODES, GRID, GRID)).astype(np.float32)


def codes():
    return np.random.RandomState(32).randint(0, CODES, (5, GRID, GRID)).astype(np.int32)


def check(check):
    x, u = inputs.pictures(COUNT, 4 * GRID), draws()
    index = check.run("encode", {"x": x[:9]}, ["result"])["result"]
    check.harness.expect(f"{check.device} encode gives PyTorch's codes", np.array_equal(index, check.reference["encode/result"]))
    check.same("decode_codes", {"index": codes()})
    check.gradients("elb", {"x": x[:3], "tau": np.float32(0.5), "beta": np.float32(1.5)}, u[:3])
    check.train(("loss", "tau", "laplace_logit_nll", "kl_categorical_uniform"), {"x": x}, u, batch=BATCH, tolerance=2e-4)


def reference(t):
    nn, F, torch = t.nn, t.F, t.torch

    class Bottleneck(nn.Module):
        def __init__(self, inside, width):
            super().__init__()
            self.conv1 = nn.Conv2d(inside, width // 4, 3, padding=1)
            self.conv2, self.conv3 = (nn.Conv2d(width // 4, width // 4, 3, padding=1) for _ in range(2))
            self.conv4 = nn.Conv2d(width // 4, width, 1)
            self.shortcut = nn.Conv2d(inside, width, 1) if inside != width else nn.Identity()

        def forward(self, x):
            h = x
            for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
                h = conv(F.relu(h))
            return self.shortcut(x) + h

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.input = nn.Conv2d(3, CHANNELS[0], 7, padding=3)
            self.groups = nn.ModuleList(Bottleneck(a, b) for a, b in zip((CHANNELS[0], *CHANNELS), CHANNELS))
            self.logits = nn.Conv2d(CHANNELS[-1], CODES, 1)

        def forward(self, x):
            h = self.groups[0](self.input(x))
            for group in self.groups[1:]:
                h = group(F.max_pool2d(h, 2))
            return self.logits(F.relu(h))

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            widths = CHANNELS[::-1]
            self.groups = nn.ModuleList(Bottleneck(a, b) for a, b in zip((WIDTH, *widths), widths))
            self.output = nn.Conv2d(CHANNELS[0], 6, 1)

        def forward(self, z):
            h = self.groups[0](z)
            for group in self.groups[1:]:
                h = group(F.interpolate(h, scale_factor=2))
            return self.output(F.relu(h)).chunk(2, 1)

    class Dvae(nn.Module):
        def __init__(self):
            super().__init__()
            self.codebook = nn.Parameter(torch.empty(CODES, WIDTH))
            self.encoder, self.decoder = Encoder(), Decoder()

        def decode_codes(self, index):
            mu, _ = self.decoder(self.codebook[index].movedim(-1, 1))
            return ((torch.sigmoid(mu) - 0.1) / 0.8).clamp(0, 1)

        def loss(self, x, u, tau, beta):
            logits = self.encoder(x)
            gumbel = -torch.log(-torch.log(u.clamp(min=2.0**-24)))
            y = F.softmax((logits + gumbel) / tau, 1)
            mu, log_b = self.decoder(torch.einsum("nkhw,kd->ndhw", y, self.codebook))
            u = 0.8 * x + 0.1
            density = torch.exp(-abs(torch.logit(u) - mu) / log_b.exp()) / (2 * log_b.exp() * u * (1 - u))
            nll = -density.log().sum() / len(x)
            p = F.softmax(logits, 1)
            kl = (p * (p.log() + np.log(CODES))).sum() / len(x)
            return nll + beta * kl, torch.tensor(tau), nll, kl

    model, x, u = t.model(Dvae()), t.tensor(inputs.pictures(COUNT, 4 * GRID)), t.tensor(draws())
    result = {"encode/result": model.encoder(x[:9]).argmax(1), "decode_codes/result": model.decode_codes(t.tensor(codes()).long())}
    result |= t.gradients(model, x[:3], u[:3], 0.5, 1.5)
    schedules = lambda step: (16.0 ** -min(step / ANNEAL, 1), TOP * min(step / WARMUP, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-4)
    return result | t.training(model, optimizer, BATCH, x, u, before=schedules)
