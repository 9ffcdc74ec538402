"""ddpm: the U-Net, its gradients and 20 steps in three configurations, each with another prediction and schedule; all 1000 steps of sampling and DDIM's fewer, against diffusers."""
import numpy as np

import diffusion
import inputs
from diffusion import draws

SOURCE = "ddpm/ddpm.vae"
STEPS = 21
CONFIG = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2, "attention_head_dim": 4, "attended_down": [False, True],
          "attended_up": [True, False]}
# Other U-Nets, each with another schedule. Widths are few: equal layers are one shader, whose compilation is most of the time on a device that is a CPU.
OTHERS = {
    "scaled": ({"block_out_channels": [4, 4, 4], "layers_per_block": 1, "norm_num_groups": 2, "attended_down": [False, True, False],
                "attended_up": [False, True, True], "resnet_time_scale_shift": "scale_shift", "downsample_padding": 0, "flip_sin_to_cos": False, "freq_shift": 1,
                "center_input_sample": True, "mid_block_scale_factor": 1.5, "norm_eps": 1e-6, "time_embedding_dim": 12, "attention_head_dim": 0},
               {"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction", "variance_type": "fixed_small", "num_train_timesteps": 20}),
    "plain": ({"block_out_channels": [4], "layers_per_block": 2, "norm_num_groups": 1, "in_channels": 1, "out_channels": 1, "add_attention": False,
               "attended_down": [False], "attended_up": [False]},
              {"beta_schedule": "scaled_linear", "prediction_type": "sample", "num_train_timesteps": 20, "beta_end": 0.3, "clip_sample": False}),
}
DEFINES = inputs.defines(CONFIG)


def pictures(batch, height, width, channels=3):
    return 2 * inputs.pictures(batch, 32)[:, :channels, :height, :width] - 1


# Batch, height and width of what is trained on.
TRAINED = {"": (4, 4, 4), "scaled": (3, 8, 4), "plain": (1, 5, 7)}


def training_data(name, channels=3):
    batch, height, width = TRAINED[name]
    count = batch * STEPS
    return pictures(count, height, width, channels), diffusion.uniforms(count), draws(43, count, channels, height, width)


def check(check):
    check.same("predict", {"x": pictures(4, 6, 4), "t": diffusion.TIMES})
    if check.device == "cpu":  # 180,000 dispatches take minutes of a Vulkan device that is a CPU
        # A thousand steps, each adding what single precision rounds off.
        drawn = check.run("sample", {"n": 1, "H": 16, "W": 16}, ["result"], draws(44, 1, 3, 32, 32), draws(45, 1000, 1, 3, 32, 32))["result"]
        check.compare("sample", drawn, check.reference["sample/result"], 1e-3)
    for eta in (0, 0.7):
        given = {"n": 2, "H": 3, "W": 2, "steps": 10, "eta": np.float32(eta)}
        drawn = check.run("sample_ddim", given, ["result"], draws(44, 2, 3, 6, 4), draws(45, 10, 2, 3, 6, 4))["result"]
        check.compare(f"sample_ddim with eta {eta}", drawn, check.reference[f"sample_ddim/{eta}"], 1e-4)
    training(check, "", 3)
    for name, (config, schedule) in OTHERS.items():
        other(check, name, config, schedule)


def other(check, name, config, schedule):
    check.other(SOURCE, [*inputs.defines(config | schedule), "--programs=predict,sample,denoise"], f"{name}/")
    size, channels = diffusion.size_of(config), config.get("in_channels", 3)
    check.same("predict", {"x": pictures(4, *size, channels), "t": diffusion.TIMES}, prefix=f"{name}/")
    drawn = check.run("sample", {"n": 2, "H": 3, "W": 2}, ["result"], draws(44, 2, channels, *size), draws(45, 20, 2, channels, *size))["result"]
    check.compare(f"{name}/sample", drawn, check.reference[f"{name}/sample"], 1e-4)
    training(check, name, channels)


def training(check, name, channels):
    (x, u, e), batch, prefix = training_data(name, channels), TRAINED[name][0], name and f"{name}/"
    check.gradients("denoise", {"x": x[:batch]}, u[:batch], e[:batch], prefix=prefix, most=50 if name else 1500)
    check.train(("loss",), {"x": x}, u, e, batch=batch, prefix=prefix)


def reference(t):
    import diffusers

    times = t.torch.tensor(diffusion.TIMES).long()

    def unet(config):
        heads = config.get("attention_head_dim", 8) or None  # diffusers' word for one head
        return diffusion.unet(t, diffusers.UNet2DModel, config | {"attention_head_dim": heads}, "Attn")

    def said_by(model):
        return lambda x, time: model(x, time).sample

    def ancestral(model, schedule, shape, count):
        scheduler = diffusers.DDPMScheduler(**{"variance_type": "fixed_large", **schedule})
        return diffusion.sample(t, scheduler, draws(44, *shape), draws(45, count, *shape), said_by(model))

    def trained(model, name, schedule, channels):
        betas = {"beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02, **schedule}
        bar = diffusion.shares(*(betas[key] for key in ("beta_schedule", "beta_start", "beta_end")), schedule.get("num_train_timesteps", 1000))
        model = diffusion.with_loss(t, model, bar, schedule.get("prediction_type", "epsilon"))
        optimizer = t.torch.optim.Adam(model.parameters(), lr=2e-4)
        return diffusion.trained(t, model, optimizer, TRAINED[name][0], *map(t.tensor, training_data(name, channels)), most=50 if name else 1500)

    model = unet(CONFIG)
    result = {"predict/result": model(t.tensor(pictures(4, 6, 4)), times).sample, "sample/result": ancestral(model, {}, (1, 3, 32, 32), 1000)}
    for eta in (0, 0.7):
        scheduler = diffusers.DDIMScheduler()
        scheduler.set_timesteps(10)
        result[f"sample_ddim/{eta}"] = diffusion.sample(t, scheduler, draws(44, 2, 3, 6, 4), draws(45, 10, 2, 3, 6, 4), said_by(model), eta=eta)
    result |= trained(model, "", {}, 3)
    for name, (config, schedule) in OTHERS.items():
        model, size, channels = unet(config), diffusion.size_of(config), config.get("in_channels", 3)
        result |= {f"{name}/predict/result": model(t.tensor(pictures(4, *size, channels)), times).sample,
                   f"{name}/sample": ancestral(model, schedule, (2, channels, *size), 20)}
        result |= {f"{name}/{key}": value for key, value in trained(model, name, schedule, channels).items()}
    return result
