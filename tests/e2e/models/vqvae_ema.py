"""vqvae with its codebook following by moving averages: 20 steps, and where the codebook is then."""
from models import vqvae

SOURCE, DEFINES = "vqvae/vqvae_ema.vae", vqvae.DEFINES


def check(check):
    check.train(("loss", "perplexity", "mse"), {"x": vqvae.pictures()}, batch=vqvae.BATCH, tolerance=2e-4)


def reference(t):
    nn, F, torch = t.nn, t.F, t.torch
    Encoder, Decoder = vqvae.layers(t)
    near = []

    class VqVae(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("codebook", torch.empty(vqvae.CODES, vqvae.WIDTH))
            self.encoder, self.features = Encoder(vqvae.COLOURS, 2), nn.Conv2d(vqvae.HIDDEN, vqvae.WIDTH, 1)
            self.decoder = Decoder(vqvae.WIDTH, 2, vqvae.COLOURS)

        def loss(self, x):
            features = self.features(self.encoder(x))
            z, index, vq = vqvae.quantize(t, features, self.codebook, codebook_weight=0, near=near)
            self.averages.update(features, index)
            mse = F.mse_loss(self.decoder(z), x)
            return mse + vq, vqvae.perplexity(t, index), mse

    model, x = t.model(VqVae()), t.tensor(vqvae.pictures())
    model.codebook.copy_(vqvae.codebook_of(t, model.features(model.encoder(x[:20])), 34))
    model.averages = vqvae.MovingAverages(t, model.codebook)
    result = {"value/codebook": model.codebook.clone()} | t.training(model, torch.optim.Adam(model.parameters(), lr=3e-4), vqvae.BATCH, x)
    print(f"vqvae_ema: the nearest code is nearer than the second by at least {min(near):.1e}, perplexity {result['train'][:, 1].round(1)}")
    return result
