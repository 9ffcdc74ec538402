"""autoencoder_kl: both ways at several latent sizes; gradients and 20 steps of three configurations, against diffusers' AutoencoderKL."""
import numpy as np

import inputs

LATENT, STEPS, RATE = 4, 21, 3e-4
SOURCE = "autoencoder_kl/autoencoder_kl.vae"
CONFIG = {"block_out_channels": [4, 8, 8], "layers_per_block": 1, "norm_num_groups": 2}
TRAINING = {"": {"learning_rate": RATE}, "sd3": {"learning_rate": RATE}, "plain": {"learning_rate": RATE, "kl_weight": 0.01}}
DEFINES = [*inputs.defines(CONFIG | TRAINING[""]), "--programs=encode,decode,encode_latents,decode_latents,elbo"]
# What other families of Stable Diffusion have: no convolutions around the latents, more channels, a shift; and fewer levels, no attention.
OTHERS = {
    "sd3": {"block_out_channels": [4, 8], "layers_per_block": 2, "norm_num_groups": 2, "latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False,
            "scaling_factor": 1.5305, "shift_factor": 0.0609},
    "plain": {"block_out_channels": [6], "layers_per_block": 1, "norm_num_groups": 3, "in_channels": 1, "out_channels": 1, "mid_block_add_attention": False},
}
SIZES = ((1, 2, 3), (3, 3, 2))  # batch, height and width of latents
TRAINED = {"": (4, 2, 2), "sd3": (3, 3, 5), "plain": (1, 5, 7)}  # and of those that are trained on


def latents(batch, height, width, channels=LATENT):
    return np.random.RandomState(41).normal(size=(batch, channels, height, width)).astype(np.float32)


def pictures(batch, height, width, channels=3):
    return 2 * inputs.pictures(batch, 32)[:, :channels, :height, :width] - 1


def factor(config):
    return 2 ** (len(config["block_out_channels"]) - 1)


def training_data(name, config):
    """Pictures, and the noise of their latents."""
    batch, height, width = TRAINED[name]
    noise = np.random.RandomState(42).normal(size=(batch * STEPS, config.get("latent_channels", LATENT), height, width)).astype(np.float32)
    return pictures(batch * STEPS, factor(config) * height, factor(config) * width, config.get("in_channels", 3)), noise


def check(check):
    for batch, height, width in SIZES:
        for entry in ("encode", "decode", "encode_latents", "decode_latents"):
            decodes = entry.startswith("decode")
            given = {"z": latents(batch, height, width)} if decodes else {"x": pictures(batch, 4 * height, 4 * width)}
            names = ("mean", "logvar") if entry == "encode" else ("result",)
            values = check.run(entry, given, names)
            for name in names:
                check.compare(f"{entry} {name} at {batch}x{height}x{width}", values[name], check.reference[f"{entry}/{name}/{batch}x{height}x{width}"], 1e-5)
    training(check, "", CONFIG)
    for name, config in OTHERS.items():
        other(check, name, config)


def other(check, name, config):
    """Another configuration, there and back at one size, and trained."""
    check.other(SOURCE, [*inputs.defines(config | TRAINING[name]), "--programs=encode_latents,decode_latents,elbo"], f"{name}/")
    x, z = pictures(2, 3 * factor(config), 2 * factor(config), config.get("in_channels", 3)), latents(2, 3, 2, config.get("latent_channels", LATENT))
    check.same("encode_latents", {"x": x}, prefix=f"{name}/")
    check.same("decode_latents", {"z": z}, prefix=f"{name}/")
    training(check, name, config)


def training(check, name, config):
    (x, eps), batch, prefix = training_data(name, config), TRAINED[name][0], name and f"{name}/"
    check.gradients("elbo", {"x": x[:batch]}, eps[:batch], prefix=prefix, most=50 if name else 1500)
    check.train(("loss", "l1", "kl"), {"x": x}, eps, batch=batch, prefix=prefix)


def reference(t):
    from diffusers import AutoencoderKL

    class Autoencoder(t.nn.Module):
        """diffusers' own, with the loss beside it."""

        def __init__(self, in_channels=3, out_channels=3, kl_weight=1e-6, **config):
            super().__init__()
            levels = len(config["block_out_channels"])
            self.vae = AutoencoderKL(in_channels=in_channels, out_channels=out_channels, down_block_types=("DownEncoderBlock2D",) * levels,
                                     up_block_types=("UpDecoderBlock2D",) * levels, latent_channels=config.pop("latent_channels", LATENT), **config)
            self.scale, self.shift, self.kl_weight = self.vae.config.scaling_factor, self.vae.config.shift_factor or 0, kl_weight

        def encode(self, x):
            return self.vae.encode(x).latent_dist

        def loss(self, x, eps):
            latent = self.encode(x)
            rec = t.F.l1_loss(self.vae.decode(latent.mean + latent.std * eps).sample, x)
            kl = latent.kl().mean()
            return rec + self.kl_weight * kl, rec, kl

        def latents(self, x):
            return (self.encode(x).mean - self.shift) * self.scale

        def picture(self, z):
            return self.vae.decode(z / self.scale + self.shift).sample

    def bare(results):
        return {name.replace("/vae.", "/"): value for name, value in results.items()}

    def made(name, config):
        module = Autoencoder(kl_weight=TRAINING[name].get("kl_weight", 1e-6), **config).double()
        module.vae.load_state_dict({name: t.tensor(value) for name, value in inputs.draw(t.shapes(module.vae)).items()})
        return module

    def trained(model, name, config):
        (x, eps), batch = map(t.tensor, training_data(name, config)), TRAINED[name][0]
        steps = bare(t.gradients(model, x[:batch], eps[:batch], most=50 if name else 1500))
        steps |= t.training(model, t.torch.optim.Adam(model.parameters(), lr=RATE, betas=(0.5, 0.9)), batch, x, eps)
        return steps | {"shapes": inputs.shapes_text(t.shapes(model.vae))}

    model, result = made("", CONFIG), {}
    for batch, height, width in SIZES:
        at, x, z = f"{batch}x{height}x{width}", t.tensor(pictures(batch, 4 * height, 4 * width)), t.tensor(latents(batch, height, width))
        result |= {f"encode/mean/{at}": model.encode(x).mean, f"encode/logvar/{at}": model.encode(x).logvar, f"decode/result/{at}": model.vae.decode(z).sample,
                   f"encode_latents/result/{at}": model.latents(x), f"decode_latents/result/{at}": model.picture(z)}
    result |= trained(model, "", CONFIG)
    for name, config in OTHERS.items():
        other_model = made(name, config)
        x = t.tensor(pictures(2, 3 * factor(config), 2 * factor(config), config.get("in_channels", 3)))
        z = t.tensor(latents(2, 3, 2, config.get("latent_channels", LATENT)))
        result |= {f"{name}/encode_latents/result": other_model.latents(x), f"{name}/decode_latents/result": other_model.picture(z)}
        result |= {f"{name}/{key}": value for key, value in trained(other_model, name, config).items()}
    return result
