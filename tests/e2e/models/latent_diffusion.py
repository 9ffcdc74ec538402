"""latent_diffusion in three configurations: guided samples by label, gradients and 20 steps of the denoiser over a frozen autoencoder, against diffusers' two
networks."""
import numpy as np

import diffusion
import inputs
from diffusion import draws

SOURCE = "latent_diffusion/latent_diffusion.vae"
BATCH, STEPS, GUIDANCE, ETA = 4, 21, 3, 0.7
CONFIG = {"classes": 3, "context": 6, "scaling_factor": 1.5, "vae_widths": [4, 4], "widths": [4, 8], "layers": 1, "heads": 2, "groups": 2, "drop_label": 0.4}
# Other networks, each with another prediction and schedule; one knows statistics of its latents.
OTHERS = {
    "statistics": {"classes": 5, "colours": 1, "context": 4, "scaling_factor": 0.7, "latent_channels": 3, "latents_mean": [0.1, -0.2, 0.3],
                   "latents_std": [1.2, 0.8, 1.5], "vae_widths": [3, 3, 3], "widths": [6, 6], "layers": 2, "heads": 3, "groups": 3, "drop_label": 0,
                   "prediction_type": "sample", "beta_schedule": "linear"},
    "plain": {"classes": 2, "context": 3, "latent_channels": 5, "vae_widths": [4], "widths": [4], "layers": 1, "heads": 4, "groups": 2, "drop_label": 0.9,
              "prediction_type": "v_prediction", "beta_schedule": "squaredcos_cap_v2"},
}


def defines(config):
    return [*inputs.defines(config), "--programs=encode,sample,denoise"]


DEFINES = defines(CONFIG)


def stored(name):
    """How many numbers of each gradient."""
    return 1500 if name == "" else 50


def labels(config):
    return np.array([config["classes"] - 1, 0], np.int32)


def factors(config):
    return tuple(2 ** (len(config[widths]) - 1) for widths in ("vae_widths", "widths"))


def latents(config, *leading, height=1, width=1):
    """The shape of latents of so many places of the deepest level."""
    size = factors(config)[1]
    return *leading, config.get("latent_channels", 4), height * size, width * size


def pictures(count, config):
    side = 4 * factors(config)[0]
    return 2 * inputs.pictures(count, 32)[:, :config.get("colours", 3), :side, :side] - 1


def training_data(config):
    """Pictures, labels, and what is drawn: which labels are left out, times, noise."""
    count = BATCH * STEPS
    x, side = pictures(count, config), pictures(1, config).shape[-1] // factors(config)[0]
    label = np.random.RandomState(41).randint(0, config["classes"], count).astype(np.int32)
    left_out = np.random.RandomState(48).uniform(0, 1, count).astype(np.float32)
    return x, label, left_out, diffusion.uniforms(count), draws(43, count, config.get("latent_channels", 4), side, side)


def sampling_noise(config):
    return draws(44, *latents(config, 2, height=2, width=3)), draws(45, *latents(config, 10, 2, height=2, width=3))


def check(check):
    configuration(check, CONFIG, "")
    for name, config in OTHERS.items():
        check.other(SOURCE, defines(config), f"{name}/")
        configuration(check, config, f"{name}/")


def configuration(check, config, prefix):
    check.same("encode", {"x": pictures(2, config)}, prefix=prefix)
    given = {"label": labels(config), "guidance": np.float32(GUIDANCE), "H": 2, "W": 3, "steps": 10, "eta": np.float32(ETA)}
    drawn = check.run("sample", given, ["result"], *sampling_noise(config))["result"]
    check.compare(f"{prefix}sample", drawn, check.reference[f"{prefix}sample/result"], 1e-4)
    x, label, *drawn = training_data(config)
    # Without labels to leave out, nothing reads what would choose them.
    check.gradients("denoise", {"x": x[:BATCH], "label": label[:BATCH]}, *(values[:BATCH] for values in drawn), prefix=prefix, most=stored(prefix))
    check.train(("loss",), {"x": x, "label": label}, *drawn, batch=BATCH, prefix=prefix)


def reference(t):
    import diffusers

    class Model(t.nn.Module):
        def __init__(self, config):
            super().__init__()
            channels, colours, groups = config.get("latent_channels", 4), config.get("colours", 3), config["groups"]
            levels, vae_levels = len(config["widths"]), len(config["vae_widths"])
            self.config = config
            self.label = t.nn.Embedding(config["classes"] + 1, config["context"])
            self.unet = diffusers.UNet2DConditionModel(
                in_channels=channels, out_channels=channels, block_out_channels=config["widths"], layers_per_block=config["layers"], norm_num_groups=groups,
                attention_head_dim=config["heads"], cross_attention_dim=config["context"], down_block_types=("CrossAttnDownBlock2D",) * levels,
                up_block_types=("CrossAttnUpBlock2D",) * levels)
            self.vae = diffusers.AutoencoderKL(
                in_channels=colours, out_channels=colours, latent_channels=channels, block_out_channels=config["vae_widths"], layers_per_block=1,
                norm_num_groups=groups, down_block_types=("DownEncoderBlock2D",) * vae_levels, up_block_types=("UpDecoderBlock2D",) * vae_levels,
                mid_block_add_attention=False).requires_grad_(False)
            # As pipelines scale latents.
            self.mean = t.tensor(np.array(config.get("latents_mean", [0.0])))[:, None, None]
            self.scale = config.get("scaling_factor", 1) / t.tensor(np.array(config.get("latents_std", [1.0])))[:, None, None]

        def say(self, x, time, label):
            return self.unet(x, time, self.label(label)[:, None]).sample

        def encode(self, x):
            return (self.vae.encode(x).latent_dist.mean - self.mean) * self.scale

        def decode(self, z):
            return self.vae.decode(z / self.scale + self.mean).sample

        def loss(self, x, label, left_out, u, e):
            label = t.torch.where(left_out < t.torch.tensor(self.config["drop_label"], dtype=t.torch.float32), self.config["classes"], label)
            time = (u * 1000).floor().long()
            share = t.tensor(diffusion.shares(self.config.get("beta_schedule", "scaled_linear"), 0.00085, 0.012))[time][:, None, None, None]
            z = self.encode(x)
            said = self.say(share.sqrt() * z + (1 - share).sqrt() * e, time, label)
            return (t.F.mse_loss(said, diffusion.target(self.config.get("prediction_type", "epsilon"), z, e, share)),)

        def guided(self, x, time):
            given = labels(self.config)
            plain, led = (self.say(x, time, t.torch.tensor(label).long()) for label in (np.full_like(given, self.config["classes"]), given))
            return plain + GUIDANCE * (led - plain)

    def results(config, prefix):
        model = t.model(Model(config))
        model.unet.time_proj = diffusion.times(t, model.unet.config)
        scheduler = diffusers.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule=config.get("beta_schedule", "scaled_linear"), steps_offset=1,
                                            set_alpha_to_one=False, clip_sample=False, prediction_type=config.get("prediction_type", "epsilon"))
        scheduler.set_timesteps(10)
        sampled = diffusion.sample(t, scheduler, *sampling_noise(config), model.guided, eta=ETA)
        made = {"encode/result": model.encode(t.tensor(pictures(2, config))), "sample/result": model.decode(sampled)}
        x, label, *drawn = training_data(config)
        data = t.tensor(x), t.torch.tensor(label).long(), *map(t.tensor, drawn)
        trained = [value for value in model.parameters() if value.requires_grad]
        made |= diffusion.trained(t, model, t.torch.optim.Adam(trained, lr=1e-4), BATCH, *data, most=stored(prefix))
        return {prefix + name: value for name, value in made.items()}

    result = results(CONFIG, "")
    for name, config in OTHERS.items():
        result |= results(config, f"{name}/")
    return result
