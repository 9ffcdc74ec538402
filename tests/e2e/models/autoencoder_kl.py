"""autoencoder_kl: both ways, several latent sizes and configurations, gradients, 20 steps, against diffusers' AutoencoderKL."""
import numpy as np

import inputs

LATENT, BATCH, STEPS = 4, 4, 21
SOURCE = "autoencoder_kl/autoencoder_kl.vae"
CONFIG = {"block_out_channels": [8, 16, 16], "layers_per_block": 1, "norm_num_groups": 4}
DEFINES = inputs.defines(CONFIG)
# What other families of Stable Diffusion have: no convolutions around the latents, more channels, a shift; and fewer levels, no attention.
OTHERS = {
    "sd3": {"block_out_channels": [4, 8], "layers_per_block": 2, "norm_num_groups": 2, "latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False,
            "scaling_factor": 1.5305, "shift_factor": 0.0609},
    "plain": {"block_out_channels": [12], "layers_per_block": 1, "norm_num_groups": 3, "in_channels": 1, "out_channels": 1, "mid_block_add_attention": False},
}
SIZES = ((1, 2, 3), (3, 3, 2))  # batch, height and width of latents


def latents(batch, height, width, channels=LATENT):
    return np.random.RandomState(41).normal(size=(batch, channels, height, width)).astype(np.float32)


def pictures(batch, height, width, channels=3):
    return 2 * inputs.pictures(batch, 32)[:, :channels, :height, :width] - 1


def noise():
    return np.random.RandomState(42).normal(size=(BATCH * STEPS, LATENT, 2, 2)).astype(np.float32)


def check(check):
    for batch, height, width in SIZES:
        for entry in ("encode", "decode", "encode_latents", "decode_latents"):
            decodes = entry.startswith("decode")
            given = {"z": latents(batch, height, width)} if decodes else {"x": pictures(batch, 4 * height, 4 * width)}
            names = ("mean", "logvar") if entry == "encode" else ("result",)
            values = check.run(entry, given, names)
            for name in names:
                check.compare(f"{entry} {name} at {batch}x{height}x{width}", values[name], check.reference[f"{entry}/{name}/{batch}x{height}x{width}"], 1e-5)
    x = pictures(BATCH * STEPS, 8, 8)
    check.gradients("elbo", {"x": x[:BATCH]}, noise()[:BATCH])
    check.train(("loss", "l1", "kl"), {"x": x}, noise(), batch=BATCH)
    for name, config in OTHERS.items():
        other(check, name, config)


def other(check, name, config):
    """Another configuration, there and back at one size."""
    check.other(SOURCE, inputs.defines(config), f"{name}/")
    factor = 2 ** (len(config["block_out_channels"]) - 1)
    x, z = pictures(2, 3 * factor, 2 * factor, config.get("in_channels", 3)), latents(2, 3, 2, config.get("latent_channels", LATENT))
    check.same("encode_latents", {"x": x}, prefix=f"{name}/")
    check.same("decode_latents", {"z": z}, prefix=f"{name}/")


def reference(t):
    from diffusers import AutoencoderKL

    class Autoencoder(t.nn.Module):
        """diffusers' own, with the loss beside it."""

        def __init__(self, in_channels=3, out_channels=3, **config):
            super().__init__()
            levels = len(config["block_out_channels"])
            self.vae = AutoencoderKL(in_channels=in_channels, out_channels=out_channels, down_block_types=("DownEncoderBlock2D",) * levels,
                                     up_block_types=("UpDecoderBlock2D",) * levels, latent_channels=config.pop("latent_channels", LATENT), **config)
            self.scale, self.shift = self.vae.config.scaling_factor, self.vae.config.shift_factor or 0

        def encode(self, x):
            return self.vae.encode(x).latent_dist

        def loss(self, x, eps):
            latent = self.encode(x)
            rec = t.F.l1_loss(self.vae.decode(latent.mean + latent.std * eps).sample, x)
            kl = latent.kl().mean()
            return rec + 1e-6 * kl, rec, kl

        def latents(self, x):
            return (self.encode(x).mean - self.shift) * self.scale

        def picture(self, z):
            return self.vae.decode(z / self.scale + self.shift).sample

    def bare(results):
        return {name.replace("/vae.", "/"): value for name, value in results.items()}

    def made(**config):
        module = Autoencoder(**config).double()
        module.vae.load_state_dict({name: t.tensor(value) for name, value in inputs.draw(t.shapes(module.vae)).items()})
        return module

    model, result = made(**CONFIG), {}
    for batch, height, width in SIZES:
        at, x, z = f"{batch}x{height}x{width}", t.tensor(pictures(batch, 4 * height, 4 * width)), t.tensor(latents(batch, height, width))
        result |= {f"encode/mean/{at}": model.encode(x).mean, f"encode/logvar/{at}": model.encode(x).logvar, f"decode/result/{at}": model.vae.decode(z).sample,
                   f"encode_latents/result/{at}": model.latents(x), f"decode_latents/result/{at}": model.picture(z)}
    x, eps = t.tensor(pictures(BATCH * STEPS, 8, 8)), t.tensor(noise())
    result |= bare(t.gradients(model, x[:BATCH], eps[:BATCH]))
    result |= t.training(model, t.torch.optim.Adam(model.parameters(), lr=4.5e-6, betas=(0.5, 0.9)), BATCH, x, eps)
    result["shapes"] = inputs.shapes_text(t.shapes(model.vae))
    for name, config in OTHERS.items():
        other_model, factor = made(**config), 2 ** (len(config["block_out_channels"]) - 1)
        x = t.tensor(pictures(2, 3 * factor, 2 * factor, config.get("in_channels", 3)))
        z = t.tensor(latents(2, 3, 2, config.get("latent_channels", LATENT)))
        result |= {f"{name}/encode_latents/result": other_model.latents(x), f"{name}/decode_latents/result": other_model.picture(z),
                   f"{name}/shapes": inputs.shapes_text(t.shapes(other_model.vae))}
    return result
