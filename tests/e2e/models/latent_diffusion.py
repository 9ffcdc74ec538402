"""latent_diffusion: guided samples by label, gradients and 20 steps of the denoiser over a frozen autoencoder, against diffusers' two networks."""
import numpy as np

import diffusion
import inputs
from diffusion import draws

SOURCE = "latent_diffusion/latent_diffusion.vae"
BATCH, STEPS, CLASSES, CONTEXT, SCALE = 4, 21, 3, 6, 1.5
DEFINES = inputs.defines({"classes": CLASSES, "context": CONTEXT, "scaling_factor": SCALE, "vae_widths": [4, 8], "widths": [8, 16], "layers": 1, "heads": 2,
                             "groups": 4, "drop_label": 0.4})
LABELS = np.array([2, 0], np.int32)


def pictures(count):
    return 2 * inputs.pictures(count, 32)[:, :, :8, :8] - 1


def training_data():
    """Pictures, labels, and what is drawn: which labels are left out, times, noise."""
    count = BATCH * STEPS
    label = np.random.RandomState(41).randint(0, CLASSES, count).astype(np.int32)
    left_out = np.random.RandomState(48).uniform(0, 1, count).astype(np.float32)
    return pictures(count), label, left_out, diffusion.uniforms(count), draws(43, count, 4, 4, 4)


def check(check):
    check.same("encode", {"x": pictures(2)})
    given = {"label": LABELS, "guidance": np.float32(3), "H": 2, "W": 3, "steps": 10, "eta": np.float32(0.7)}
    drawn = check.run("sample", given, ["result"], draws(44, 2, 4, 4, 6), draws(45, 10, 2, 4, 4, 6))["result"]
    check.compare("sample", drawn, check.reference["sample/result"], 1e-4)
    x, label, *drawn = training_data()
    check.gradients("denoise", {"x": x[:BATCH], "label": label[:BATCH]}, *(values[:BATCH] for values in drawn))
    check.train(("loss",), {"x": x, "label": label}, *drawn, batch=BATCH)


def reference(t):
    import diffusers

    levels = ("CrossAttnDownBlock2D",) * 2, ("CrossAttnUpBlock2D",) * 2
    betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2

    class Model(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.label = t.nn.Embedding(CLASSES + 1, CONTEXT)
            self.unet = diffusers.UNet2DConditionModel(block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, attention_head_dim=2,
                                                       cross_attention_dim=CONTEXT, down_block_types=levels[0], up_block_types=levels[1])
            self.vae = diffusers.AutoencoderKL(block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 2,
                                               up_block_types=("UpDecoderBlock2D",) * 2, mid_block_add_attention=False).requires_grad_(False)

        def say(self, x, time, label):
            return self.unet(x, time, self.label(label)[:, None]).sample

        def encode(self, x):
            return self.vae.encode(x).latent_dist.mean * SCALE

        def loss(self, x, label, left_out, u, e):
            label = t.torch.where(left_out < t.torch.tensor(0.4, dtype=t.torch.float32), CLASSES, label)
            time = (u * 1000).floor().long()
            share = t.tensor(np.cumprod(1 - betas))[time][:, None, None, None]
            return (t.F.mse_loss(self.say(share.sqrt() * self.encode(x) + (1 - share).sqrt() * e, time, label), e),)

        def guided(self, x, time):
            plain, given = (self.say(x, time, t.torch.tensor(label).long()) for label in (np.full_like(LABELS, CLASSES), LABELS))
            return plain + 3 * (given - plain)

    model = t.model(Model())
    model.unet.time_proj = diffusion.times(t, model.unet.config)
    scheduler = diffusers.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, set_alpha_to_one=False, clip_sample=False)
    scheduler.set_timesteps(10)
    latents = diffusion.sample(t, scheduler, draws(44, 2, 4, 4, 6), draws(45, 10, 2, 4, 4, 6), model.guided, eta=0.7)
    result = {"encode/result": model.encode(t.tensor(pictures(2))), "sample/result": model.vae.decode(latents / SCALE).sample}
    x, label, *drawn = training_data()
    data = t.tensor(x), t.torch.tensor(label).long(), *map(t.tensor, drawn)
    trained = [value for value in model.parameters() if value.requires_grad]
    return result | diffusion.trained(t, model, t.torch.optim.Adam(trained, lr=1e-4), BATCH, *data)
