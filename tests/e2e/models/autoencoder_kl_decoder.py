"""autoencoder_kl_decoder in three configurations: gradients, and 20 steps that change the decoder alone, against diffusers' AutoencoderKL."""
import numpy as np

import inputs
from models import autoencoder_kl, autoencoder_kl_gan as gan

BATCH, RATE = gan.BATCH, 3e-4
SOURCE = "autoencoder_kl/autoencoder_kl_decoder.vae"
OTHERS = {
    "bare": {"block_out_channels": [4, 8, 8], "layers_per_block": 2, "norm_num_groups": 4, "latent_channels": 6, "use_quant_conv": False,
             "use_post_quant_conv": False},
    "grey": {"block_out_channels": [6], "layers_per_block": 1, "norm_num_groups": 3, "in_channels": 1, "out_channels": 1, "mid_block_add_attention": False},
}
LAST = ("conv_in.weight", "up_blocks.0.resnets.0.conv1.weight", "conv_out.weight", "conv_out.bias")


def defines(config):
    return inputs.defines({**config, "learning_rate": RATE})


DEFINES = defines(gan.SMALL)


def data(config):
    """Pictures, and the noise of their latents."""
    levels, count = len(config["block_out_channels"]), BATCH * gan.STEPS
    side = gan.SIDE >> levels - 1 if config is gan.SMALL else 4
    seen = side << levels - 1
    noise = np.random.RandomState(63).normal(size=(count, config.get("latent_channels", autoencoder_kl.LATENT), side, side)).astype(np.float32)
    return autoencoder_kl.pictures(count, seen, seen, config.get("in_channels", 3)), noise


def check(check):
    configuration(check, gan.SMALL, "")
    for name, config in OTHERS.items():
        check.other(SOURCE, defines(config), f"{name}/")
        configuration(check, config, f"{name}/")


def configuration(check, config, prefix):
    x, eps = data(config)
    check.same("reconstruct", {"x": x[:3]}, prefix=prefix)
    check.gradients("fine_tune", {"x": x[:BATCH]}, eps[:BATCH], prefix=prefix, most=50)
    trained = check.train(("loss", "l1"), {"x": x}, eps, batch=BATCH, tolerance=2e-4, prefix=prefix)
    if trained is None:
        return
    changed = {name for name, value in check.values.items() if not np.array_equal(trained[name], value)}
    decoder = {name for name in check.values if name.startswith("first_stage.decoder.")}
    # A key's bias adds the same to a whole row of scores: its gradient is what rounding leaves.
    idle = {name for name in decoder if name.endswith("to_k.bias")}
    check.harness.expect(f"{check.device} the decoder changes, and nothing else: {sorted(changed ^ decoder)}", decoder - idle <= changed <= decoder)
    for name in LAST:
        name = f"first_stage.decoder.{name}"
        check.compare(f"{prefix}trained {name}", inputs.sample_of(trained[name]), check.reference[f"{prefix}trained/{name}"], 1e-3)


def reference(t):
    from diffusers import AutoencoderKL

    class Decoder(t.nn.Module):
        def __init__(self, config):
            super().__init__()
            levels = len(config["block_out_channels"])
            given = {"latent_channels": autoencoder_kl.LATENT, **config, "down_block_types": ("DownEncoderBlock2D",) * levels,
                     "up_block_types": ("UpDecoderBlock2D",) * levels}
            self.first_stage = AutoencoderKL(**given).requires_grad_(False)
            self.first_stage.decoder.requires_grad_(True)

        def loss(self, x, eps):
            latent = self.first_stage.encode(x).latent_dist
            loss = t.F.l1_loss(self.first_stage.decode(latent.mean + latent.std * eps).sample, x)
            return loss, loss

    def results(config, prefix):
        model, (x, eps) = t.model(Decoder(config)), map(t.tensor, data(config))
        made = {"reconstruct/result": model.first_stage.decode(model.first_stage.encode(x[:3]).latent_dist.mean).sample}
        made |= t.gradients(model, x[:BATCH], eps[:BATCH], most=50)
        made |= t.training(model, t.torch.optim.Adam(model.first_stage.decoder.parameters(), lr=RATE, betas=(0.5, 0.9)), BATCH, x, eps)
        weights = dict(model.named_parameters())
        made |= {f"trained/first_stage.decoder.{name}": inputs.sample_of(weights[f"first_stage.decoder.{name}"].detach().numpy()) for name in LAST}
        return {prefix + name: value for name, value in made.items()}

    result = results(gan.SMALL, "")
    for name, config in OTHERS.items():
        result |= results(config, f"{name}/")
    return result
