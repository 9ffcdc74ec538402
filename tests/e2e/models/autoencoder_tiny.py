"""autoencoder_tiny: both ways, several latent sizes, latents as bytes; gradients and 20 steps of three configurations, against diffusers' AutoencoderTiny."""
import numpy as np

import inputs

SOURCE = "autoencoder_tiny/autoencoder_tiny.vae"
STEPS = 21
CONFIG = {"encoder_block_out_channels": [4, 4, 4], "decoder_block_out_channels": [4, 4, 4], "num_encoder_blocks": [1, 1, 0], "num_decoder_blocks": [0, 2, 1]}
DEFINES = [*inputs.defines(CONFIG), "--programs=encode,decode,scale_latents,unscale_latents,total"]
OTHERS = {
    "wide": {"encoder_block_out_channels": [8], "decoder_block_out_channels": [4], "num_encoder_blocks": [1], "num_decoder_blocks": [2], "latent_channels": 16,
             "scaling_factor": 1.5, "shift_factor": 0.25},
    "deep": {"encoder_block_out_channels": [4, 4, 4, 4], "decoder_block_out_channels": [4, 4, 4, 4], "num_encoder_blocks": [0, 1, 0, 1], "num_decoder_blocks": [1, 0, 1, 0],
             "in_channels": 1, "out_channels": 1},
}
SIZES = ((1, 3, 5), (3, 8, 2))
TRAINED = {"": (4, 8, 8), "wide": (1, 5, 7), "deep": (3, 8, 16)}  # batch, height and width of what is trained on


def latents(batch, height, width, channels=4):
    return 4 * np.random.RandomState(43).normal(size=(batch, channels, height, width)).astype(np.float32)


def pictures(batch, height, width, channels=3):
    return 2 * inputs.pictures(batch, 64)[:, :channels, :height, :width] - 1


def factor(config):
    return 2 ** (len(config["encoder_block_out_channels"]) - 1)


def training_data(name, config):
    batch, height, width = TRAINED[name]
    return pictures(batch * STEPS, height, width, config.get("in_channels", 3))


def check(check):
    for batch, height, width in SIZES:
        at = f"at/{batch}x{height}x{width}/"
        check.same("encode", {"x": pictures(batch, 4 * height, 4 * width)}, prefix=at, outputs=("z",))
        for entry in ("decode", "scale_latents", "unscale_latents"):
            check.same(entry, {"z": latents(batch, height, width)}, prefix=at)
    training(check, "", CONFIG)
    for name, config in OTHERS.items():
        check.other(SOURCE, [*inputs.defines(config), "--programs=encode_latents,decode_latents,total"], f"{name}/")
        check.same("encode_latents", {"x": pictures(2, 3 * factor(config), 2 * factor(config), config.get("in_channels", 3))}, prefix=f"{name}/", outputs=("z",))
        check.same("decode_latents", {"z": latents(2, 3, 2, config.get("latent_channels", 4))}, prefix=f"{name}/")
        training(check, name, config)


def training(check, name, config):
    x, batch, prefix = training_data(name, config), TRAINED[name][0], name and f"{name}/"
    check.gradients("total", {"x": x[:batch]}, prefix=prefix, most=50 if name else 1500)
    check.train(("loss",), {"x": x}, batch=batch, prefix=prefix)


def reference(t):
    from diffusers import AutoencoderTiny

    class Autoencoder(t.nn.Module):
        def __init__(self, **config):
            super().__init__()
            blocks = {name: tuple(value) if isinstance(value, list) else value for name, value in config.items()}
            self.vae = AutoencoderTiny(**blocks)
            self.scale, self.shift = self.vae.config.scaling_factor, self.vae.config.shift_factor

        def encode(self, x):
            return self.vae.encode(x).latents

        def loss(self, x):
            return (t.F.mse_loss(self.vae.decode(self.encode(x)).sample, x),)

        def latents(self, x):
            return (self.encode(x) - self.shift) * self.scale

        def picture(self, z):
            return self.vae.decode(z / self.scale + self.shift).sample

    def made(config):
        module = Autoencoder(**config).double()
        module.vae.load_state_dict({name: t.tensor(value) for name, value in inputs.draw(t.shapes(module.vae)).items()})
        return module

    def trained(model, name, config):
        x, batch = t.tensor(training_data(name, config)), TRAINED[name][0]
        steps = {key.replace("/vae.", "/"): value for key, value in t.gradients(model, x[:batch], most=50 if name else 1500).items()}
        steps |= t.training(model, t.torch.optim.Adam(model.parameters(), lr=1e-4), batch, x)
        return steps | {"shapes": inputs.shapes_text(t.shapes(model.vae))}

    model, result = made(CONFIG), {}
    for batch, height, width in SIZES:
        at, x, z = f"at/{batch}x{height}x{width}", t.tensor(pictures(batch, 4 * height, 4 * width)), t.tensor(latents(batch, height, width))
        result |= {f"{at}/encode/z": model.encode(x), f"{at}/decode/result": model.vae.decode(z).sample, f"{at}/scale_latents/result": model.vae.scale_latents(z),
                   f"{at}/unscale_latents/result": model.vae.unscale_latents(z)}
    result |= trained(model, "", CONFIG)
    for name, config in OTHERS.items():
        model = made(config)
        x, z = pictures(2, 3 * factor(config), 2 * factor(config), config.get("in_channels", 3)), latents(2, 3, 2, config.get("latent_channels", 4))
        result |= {f"{name}/encode_latents/z": model.latents(t.tensor(x)), f"{name}/decode_latents/result": model.picture(t.tensor(z))}
        result |= {f"{name}/{key}": value for key, value in trained(model, name, config).items()}
    return result
