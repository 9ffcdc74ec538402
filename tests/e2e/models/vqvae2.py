"""vqvae2: both levels' codes, pictures of codes, 20 steps, and where both codebooks are then."""
import numpy as np

from models import vqvae
from models.vqvae import CODES, HIDDEN, WIDTH

SOURCE, DEFINES = "vqvae2/vqvae2.vae", vqvae.DEFINES
BATCH, STEPS, SIDE = 4, 21, 16


def pictures():
    return vqvae.pictures(BATCH * STEPS, SIDE)


def codes(side):
    return np.random.RandomState(side).randint(0, CODES, (5, side, side)).astype(np.int32)


def check(check):
    index = check.run("encode", {"x": pictures()[:9]}, ["top", "bottom"])
    for level in ("top", "bottom"):
        check.harness.expect(f"{check.device} encode gives PyTorch's {level} codes", np.array_equal(index[level], check.reference[f"encode/{level}"]))
    check.same("decode_codes", {"top": codes(SIDE // 8), "bottom": codes(SIDE // 4)})
    check.train(("loss", "top_perplexity", "bottom_perplexity", "mse"), {"x": pictures()}, batch=BATCH, tolerance=2e-4)


def reference(t):
    nn, F, torch = t.nn, t.F, t.torch
    Encoder, Decoder = vqvae.layers(t)
    near = []

    class VqVae2(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("top_codes", torch.empty(CODES, WIDTH))
            self.register_buffer("bottom_codes", torch.empty(CODES, WIDTH))
            self.encoder = nn.ModuleDict({"bottom": Encoder(3, 2), "top": Encoder(HIDDEN, 1)})
            self.features = nn.ModuleDict({"top": nn.Conv2d(HIDDEN, WIDTH, 1), "bottom": nn.Conv2d(WIDTH + HIDDEN, WIDTH, 1)})
            self.decoder = nn.ModuleDict({"top": Decoder(WIDTH, 1, WIDTH), "bottom": Decoder(2 * WIDTH, 2, 3)})
            self.up = nn.ConvTranspose2d(WIDTH, WIDTH, 4, 2, 1)

        def levels(self, x):
            """(features, quantized, index, loss) of top and bottom."""
            fine = self.encoder["bottom"](x)
            features = self.features["top"](self.encoder["top"](fine))
            top = features, *vqvae.quantize(t, features, self.top_codes, codebook_weight=0, near=near)
            features = self.features["bottom"](torch.cat([self.decoder["top"](top[1]), fine], 1))
            return top, (features, *vqvae.quantize(t, features, self.bottom_codes, codebook_weight=0, near=near))

        def decode(self, top, bottom):
            return self.decoder["bottom"](torch.cat([self.up(top), bottom], 1))

        def decode_codes(self, top, bottom):
            return self.decode(self.top_codes[top].movedim(-1, 1), self.bottom_codes[bottom].movedim(-1, 1))

        def loss(self, x):
            levels = self.levels(x)
            mse = F.mse_loss(self.decode(levels[0][1], levels[1][1]), x)
            for level, averages in zip(levels, self.averages):
                averages.update(level[0], level[2])
            return mse + levels[0][3] + levels[1][3], *(vqvae.perplexity(t, level[2]) for level in levels), mse

    model, x = t.model(VqVae2()), t.tensor(pictures())
    for seed, level in enumerate(("top", "bottom")):  # the bottom's features depend on the top's codes
        getattr(model, f"{level}_codes").copy_(vqvae.codebook_of(t, model.levels(x[:20])[seed][0], 35 + seed))
    near.clear()
    top, bottom = model.levels(x[:9])
    result = {"value/top_codes": model.top_codes.clone(), "value/bottom_codes": model.bottom_codes.clone(), "encode/top": top[2], "encode/bottom": bottom[2]}
    result["decode_codes/result"] = model.decode_codes(*(t.tensor(codes(side)).long() for side in (SIDE // 8, SIDE // 4)))
    model.averages = [vqvae.MovingAverages(t, model.top_codes), vqvae.MovingAverages(t, model.bottom_codes)]
    result |= t.training(model, torch.optim.Adam(model.parameters(), lr=3e-4), BATCH, x)
    print(f"vqvae2: the nearest code is nearer than the second by at least {min(near):.1e}, perplexity {result['train'][:, 1:3].round(1).tolist()}")
    return result
