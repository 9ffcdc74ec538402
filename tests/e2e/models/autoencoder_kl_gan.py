"""autoencoder_kl_gan in three configurations: gradients of both losses, 20 steps of both in turn, against diffusers' AutoencoderKL and a patch discriminator."""
import numpy as np

import inputs
from models import autoencoder_kl, vqgan

BATCH, STEPS, START, RATE, SIDE = 4, 21, 5, 3e-4, 16
SOURCE = "autoencoder_kl/autoencoder_kl_gan.vae"
SMALL = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2}
OTHERS = {
    "bare": ({"block_out_channels": [4, 8], "layers_per_block": 2, "norm_num_groups": 2, "latent_channels": 5, "use_quant_conv": False,
              "use_post_quant_conv": False}, (8, 1)),
    "plain": ({"block_out_channels": [6], "layers_per_block": 1, "norm_num_groups": 3, "latent_channels": 2, "mid_block_add_attention": False}, (4, 2)),
}
GENERATOR, DISCRIMINATOR = ("loss", "kl", "l1", "fooled", "weight"), ("loss", "hinge")


def defines(config, width, layers):
    return inputs.defines({**config, "critic_width": width, "critic_layers": layers, "critic_start": START, "learning_rate": RATE})


DEFINES = defines(SMALL, 6, 2)


def pictures(count=BATCH * STEPS):
    return autoencoder_kl.pictures(count, SIDE, SIDE)


def noise(seed, config=SMALL):
    side, channels = SIDE >> len(config["block_out_channels"]) - 1, config.get("latent_channels", autoencoder_kl.LATENT)
    return np.random.RandomState(seed).normal(size=(BATCH * STEPS, channels, side, side)).astype(np.float32)


def check(check):
    configuration(check, SMALL, "", 1500)
    for name, (config, critic) in OTHERS.items():
        check.other(SOURCE, defines(config, *critic), f"{name}/")
        configuration(check, config, f"{name}/", 50)


def configuration(check, config, prefix, most):
    x, first, second = pictures(), noise(61, config), noise(62, config)
    check.same("reconstruct", {"x": x[:3]}, prefix=prefix)
    for loss, eps in (("generator", first), ("discriminator", second)):
        check.gradients(loss, {"x": x[:BATCH]}, eps[:BATCH], prefix=f"{prefix}{loss}/", most=most)
    terms = [f"generator.{term}" for term in GENERATOR] + [f"discriminator.{term}" for term in DISCRIMINATOR]
    check.train(terms, {"x": x}, first, second, batch=BATCH, tolerance=2e-4, prefix=prefix)


def vae(t, config=SMALL):
    from diffusers import AutoencoderKL

    levels = len(config["block_out_channels"])
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * levels, "up_block_types": ("UpDecoderBlock2D",) * levels}
    return AutoencoderKL(**{"latent_channels": autoencoder_kl.LATENT, **kinds, **config})


def reference(t):
    class AutoencoderKlGan(t.nn.Module):
        def __init__(self, config, critic):
            super().__init__()
            self.first_stage, self.critic = vae(t, config), vqgan.patch_discriminator(t, *critic)

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

    def results(config, critic, prefix, most):
        model, x, first, second = t.model(AutoencoderKlGan(config, critic)), t.tensor(pictures()), t.tensor(noise(61, config)), t.tensor(noise(62, config))
        made = {"reconstruct/result": model.first_stage.decode(model.first_stage.encode(x[:3]).latent_dist.mean).sample,
                "shapes": inputs.shapes_text(t.shapes(model))}
        for loss in (model.generator, model.discriminator):
            made |= {f"{loss.__name__}/{name}": value for name, value in vqgan.gradients(model, loss, x[:BATCH], first[:BATCH], second[:BATCH], most=most).items()}
        made |= vqgan.alternate(t, model, ("",), (x, first, second), START, RATE, BATCH)
        print(f"autoencoder_kl_gan: adaptive weight {made['train'][:, 4].round(2)}, hinge {made['train'][:, 6].round(3)}")
        return {prefix + name: value for name, value in made.items()}

    result = results(SMALL, (6, 2), "", 1500)
    for name, (config, critic) in OTHERS.items():
        result |= results(config, critic, f"{name}/", 50)
    return result
