"""vqvae: codes, pictures of codes, gradients, 20 steps while the codes that PyTorch chooses are chosen."""
import numpy as np

import inputs

CODES, WIDTH, HIDDEN, RESIDUAL, BLOCKS, COLOURS, GRID = 24, 8, 16, 8, 2, 3, 4
SOURCE = "vqvae/vqvae.vae"
DEFINES = (f"-Dcodes={CODES}", f"-Dwidth={WIDTH}", f"-Dhidden={HIDDEN}", f"-Dresidual={RESIDUAL}")
BATCH, STEPS = 4, 21
COUNT = BATCH * STEPS


def pictures(count=COUNT, side=4 * GRID):
    return 2 * inputs.pictures(count, side) - 1


def codes():
    return np.random.RandomState(32).randint(0, CODES, (5, GRID, GRID)).astype(np.int32)


def check(check):
    x = pictures()
    index = check.run("encode", {"x": x[:9]}, ["result"])["result"]
    check.harness.expect(f"{check.device} encode gives PyTorch's codes", np.array_equal(index, check.reference["encode/result"]))
    check.same("decode_codes", {"index": codes()})
    check.gradients("total", {"x": x[:5]})
    check.train(("loss", "perplexity", "vector_quantize", "mse"), {"x": x}, batch=BATCH, tolerance=2e-4)


def layers(t):
    """The modules that vqvae and vqvae2 are made of."""
    nn, F = t.nn, t.F

    class Residual(nn.Module):
        def __init__(self, channels, width):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(channels, width, 3, padding=1), nn.Conv2d(width, channels, 1)

        def forward(self, x):
            return x + self.conv2(F.relu(self.conv1(F.relu(x))))

    class Encoder(nn.Module):
        def __init__(self, inside, halvings, hidden=HIDDEN, blocks=BLOCKS):
            super().__init__()
            widths = [inside] + [hidden // 2] * (halvings - 1) + [hidden]
            self.down = nn.ModuleDict({str(i + 1): nn.Conv2d(a, b, 4, 2, 1) for i, (a, b) in enumerate(zip(widths, widths[1:]))})
            self.conv = nn.Conv2d(hidden, hidden, 3, padding=1)
            self.blocks = nn.ModuleList(Residual(hidden, RESIDUAL) for _ in range(blocks))

        def forward(self, x):
            for conv in self.down.values():
                x = F.relu(conv(x))
            x = self.conv(x)
            for block in self.blocks:
                x = block(x)
            return F.relu(x)

    class Decoder(nn.Module):
        def __init__(self, inside, doublings, out, hidden=HIDDEN, blocks=BLOCKS):
            super().__init__()
            widths = [hidden] + [hidden // 2] * (doublings - 1) + [out]
            self.conv = nn.Conv2d(inside, hidden, 3, padding=1)
            self.blocks = nn.ModuleList(Residual(hidden, RESIDUAL) for _ in range(blocks))
            self.up = nn.ModuleDict({str(i + 1): nn.ConvTranspose2d(a, b, 4, 2, 1) for i, (a, b) in enumerate(zip(widths, widths[1:]))})

        def forward(self, z):
            z = self.conv(z)
            for block in self.blocks:
                z = block(z)
            for up in self.up.values():
                z = up(F.relu(z))
            return z

    return Encoder, Decoder


def quantize(t, z, codebook, beta=0.25, codebook_weight=1.0, near=None):
    """The nearest rows, straight-through; their numbers; both losses. `near` collects by how much the second nearest is farther."""
    torch, F = t.torch, t.F
    rows = z.movedim(1, -1)
    distances = torch.cdist(rows.flatten(0, -2), codebook).square()
    index = distances.argmin(1).reshape(rows.shape[:-1])
    if near is not None:
        two = distances.detach().topk(2, largest=False)[0]
        near.append(float(((two[:, 1] - two[:, 0]) / two[:, 1]).min()))
    rows = codebook[index].movedim(-1, 1)
    loss = codebook_weight * F.mse_loss(rows, z.detach()) + beta * F.mse_loss(z, rows.detach())
    return z + (rows - z).detach(), index, loss


def codebook_of(t, features, seed):
    """Some of the features themselves, so that many codes are in use: what training arrives at, in place of what it begins with."""
    rows = features.detach().movedim(1, -1).flatten(0, -2)
    chosen = np.random.RandomState(seed).permutation(len(rows))[:CODES]
    return rows[t.tensor(chosen)].float().double()


def perplexity(t, index):
    p = t.torch.bincount(index.flatten(), minlength=CODES) / index.numel()
    return t.torch.exp(-t.torch.special.xlogy(p, p).sum())


def reference(t):
    nn, F, torch = t.nn, t.F, t.torch
    Encoder, Decoder = layers(t)
    near = []

    class VqVae(nn.Module):
        def __init__(self):
            super().__init__()
            self.codebook = nn.Parameter(torch.empty(CODES, WIDTH))
            self.encoder, self.features, self.decoder = Encoder(COLOURS, 2), nn.Conv2d(HIDDEN, WIDTH, 1), Decoder(WIDTH, 2, COLOURS)

        def quantized(self, x):
            return quantize(t, self.features(self.encoder(x)), self.codebook, near=near)

        def loss(self, x):
            z, index, vq = self.quantized(x)
            mse = F.mse_loss(self.decoder(z), x)
            return mse + vq, perplexity(t, index), vq, mse

    model, x = t.model(VqVae()), t.tensor(pictures())
    model.codebook.data = codebook_of(t, model.features(model.encoder(x[:20])), 33)
    result = {"value/codebook": model.codebook.clone(), "encode/result": model.quantized(x[:9])[1], "decode_codes/result": model.decoder(model.codebook[t.tensor(codes()).long()].movedim(-1, 1))}
    result |= t.gradients(model, x[:5]) | t.training(model, torch.optim.Adam(model.parameters(), lr=3e-4), BATCH, x)
    print(f"vqvae: the nearest code is nearer than the second by at least {min(near):.1e}, perplexity {result['train'][:, 1].round(1)}")
    return result


class MovingAverages:
    """The codebook's rule in Sonnet's VectorQuantizerEMA: averages free of their zero start, sizes smoothed; codes that nothing takes stay."""

    def __init__(self, t, codebook, decay=0.99, eps=1e-5):
        self.t, self.codebook, self.decay, self.eps, self.steps = t, codebook, decay, eps, 0
        self.counts, self.sums = t.torch.zeros(len(codebook)).double(), t.torch.zeros_like(codebook)

    def update(self, z, index):
        torch, F = self.t.torch, self.t.F
        chosen = F.one_hot(index.flatten(), len(self.codebook)).double()
        rows = z.detach().movedim(1, -1).flatten(0, -2)
        self.steps += 1
        self.counts = self.decay * self.counts + (1 - self.decay) * chosen.sum(0)
        self.sums = self.decay * self.sums + (1 - self.decay) * chosen.T @ rows
        counts, sums = (value / (1 - self.decay**self.steps) for value in (self.counts, self.sums))
        total = counts.sum()
        smoothed = (counts + self.eps) / (total + len(self.codebook) * self.eps) * total
        with torch.no_grad():
            self.codebook.copy_(torch.where(chosen.any(0)[:, None], sums / smoothed[:, None], self.codebook))
