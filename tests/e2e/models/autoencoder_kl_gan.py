"""autoencoder_kl_gan: gradients of both losses, 20 steps of both in turn, against diffusers' AutoencoderKL and a patch discriminator."""
import numpy as np

import inputs
from models import autoencoder_kl, vqgan

BATCH, STEPS, START, RATE, SIDE = 4, 21, 5, 3e-4, 16
SOURCE = "autoencoder_kl/autoencoder_kl_gan.vae"
SMALL = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2}
DEFINES = vqgan.defines({**SMALL, "critic_width": 6, "critic_layers": 2, "critic_start": START, "learning_rate": RATE})
GENERATOR, DISCRIMINATOR = ("loss", "kl", "l1", "fooled", "weight"), ("loss", "hinge")


def pictures(count=BATCH * STEPS):
    return autoencoder_kl.pictures(count, SIDE, SIDE)


def noise(seed):
    return np.random.RandomState(seed).normal(size=(BATCH * STEPS, autoencoder_kl.LATENT, SIDE // 2, SIDE // 2)).astype(np.float32)


def check(check):
    x, first, second = pictures(), noise(61), noise(62)
    check.same("reconstruct", {"x": x[:3]})
    for loss, eps in (("generator", first), ("discriminator", second)):
        check.gradients(loss, {"x": x[:BATCH]}, eps[:BATCH], prefix=f"{loss}/")
    terms = [f"generator.{term}" for term in GENERATOR] + [f"discriminator.{term}" for term in DISCRIMINATOR]
    check.train(terms, {"x": x}, first, second, batch=BATCH, tolerance=2e-4)


def vae(t):
    from diffusers import AutoencoderKL

    levels = len(SMALL["block_out_channels"])
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * levels, "up_block_types": ("UpDecoderBlock2D",) * levels}
    return AutoencoderKL(latent_channels=autoencoder_kl.LATENT, **kinds, **SMALL)


def reference(t):
    class AutoencoderKlGan(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.first_stage, self.critic = vae(t), vqgan.patch_discriminator(t, 6, 2)

        def render(self, x, eps):
            latent = self.first_stage.encode(x).latent_dist
            return self.first_stage.decode(latent.mean + latent.std * eps).sample, latent

        def generator(self, x, eps, _=None, adversarial=1.0):
            y, latent = self.render(x, eps)
            kl, rec, fooled = latent.kl().mean(), t.F.l1_loss(y, x), -self.critic["main"](y).mean()
            weight = vqgan.adaptive_weight(t, rec, fooled, self.first_stage.decoder.conv_out.weight)
            return rec + 1e-6 * kl + adversarial * 0.5 * weight * fooled, kl, rec, fooled, weight

        def discriminator(self, x, _, eps, adversarial=1.0):
            loss = vqgan.hinge(t, self.critic["main"], x, self.render(x, eps)[0])
            return adversarial * loss, loss

    model, x, first, second = t.model(AutoencoderKlGan()), t.tensor(pictures()), t.tensor(noise(61)), t.tensor(noise(62))
    result = {"reconstruct/result": model.first_stage.decode(model.first_stage.encode(x[:3]).latent_dist.mean).sample}
    for loss in (model.generator, model.discriminator):
        result |= {f"{loss.__name__}/{name}": value for name, value in vqgan.gradients(model, loss, x[:BATCH], first[:BATCH], second[:BATCH]).items()}
    result |= vqgan.alternate(t, model, ("",), (x, first, second), START, RATE, BATCH)
    print(f"autoencoder_kl_gan: adaptive weight {result['train'][:, 4].round(2)}, hinge {result['train'][:, 6].round(3)}")
    return result | {"shapes": inputs.shapes_text(t.shapes(model))}
