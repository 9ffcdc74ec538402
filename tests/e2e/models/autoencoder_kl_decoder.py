"""autoencoder_kl_decoder: 20 steps that change the decoder alone, against diffusers' AutoencoderKL."""
import numpy as np

import inputs
from models import autoencoder_kl_gan as gan

BATCH, RATE = gan.BATCH, 3e-4
SOURCE = "autoencoder_kl/autoencoder_kl_decoder.vae"
DEFINES = gan.vqgan.defines({**gan.SMALL, "learning_rate": RATE})


def check(check):
    x, eps = gan.pictures(), gan.noise(63)
    check.same("reconstruct", {"x": x[:3]})
    trained = check.train(("loss", "l1"), {"x": x}, eps, batch=BATCH, tolerance=2e-4)
    changed = {name for name, value in check.values.items() if not np.array_equal(trained[name], value)}
    decoder = {name for name in check.values if name.startswith("first_stage.decoder.")}
    # A key's bias adds the same to a whole row of scores: its gradient is what rounding leaves.
    idle = {name for name in decoder if name.endswith("to_k.bias")}
    check.harness.expect(f"{check.device} the decoder changes, and nothing else: {sorted(changed ^ decoder)}", decoder - idle <= changed <= decoder)
    for name in sorted(name for name in check.reference if name.startswith("trained/")):
        check.compare(name, inputs.sample_of(trained[name.removeprefix("trained/")]), check.reference[name], 1e-3)


def reference(t):
    class Decoder(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.first_stage = gan.vae(t)

        def loss(self, x, eps):
            with t.torch.no_grad():
                latent = self.first_stage.encode(x).latent_dist
            loss = t.F.l1_loss(self.first_stage.decode(latent.mean + latent.std * eps).sample, x)
            return loss, loss

    model, x = t.model(Decoder()), t.tensor(gan.pictures())
    result = {"reconstruct/result": model.first_stage.decode(model.first_stage.encode(x[:3]).latent_dist.mean).sample}
    result |= t.training(model, t.torch.optim.Adam(model.first_stage.decoder.parameters(), lr=RATE, betas=(0.5, 0.9)), BATCH, x, t.tensor(gan.noise(63)))
    last = ("conv_in.weight", "up_blocks.0.resnets.0.conv1.weight", "conv_out.weight", "conv_out.bias")
    weights = dict(model.named_parameters())
    return result | {f"trained/first_stage.decoder.{name}": inputs.sample_of(weights[f"first_stage.decoder.{name}"].detach().numpy()) for name in last}
