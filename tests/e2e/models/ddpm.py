"""ddpm: the U-Net in three configurations, gradients, 20 steps, all 1000 steps of sampling and DDIM's fewer, against diffusers."""
import numpy as np

import diffusion
import inputs
from diffusion import draws

SOURCE = "ddpm/ddpm.vae"
BATCH, STEPS = 4, 21
CONFIG = {"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 4, "attended_down": [False, True],
          "attended_up": [True, False]}
# Other U-Nets, each with another schedule.
OTHERS = {
    "scaled": ({"block_out_channels": [4, 8, 8], "layers_per_block": 1, "norm_num_groups": 2, "attended_down": [False, True, False],
                "attended_up": [False, True, True], "resnet_time_scale_shift": "scale_shift", "downsample_padding": 0, "flip_sin_to_cos": False, "freq_shift": 1,
                "center_input_sample": True, "mid_block_scale_factor": 1.5, "norm_eps": 1e-6, "time_embedding_dim": 12, "attention_head_dim": 0},
               {"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction", "variance_type": "fixed_small", "num_train_timesteps": 20}),
    "plain": ({"block_out_channels": [8], "layers_per_block": 2, "norm_num_groups": 4, "in_channels": 1, "out_channels": 1, "add_attention": False,
               "attended_down": [False], "attended_up": [False]},
              {"beta_schedule": "scaled_linear", "prediction_type": "sample", "num_train_timesteps": 20, "beta_end": 0.3, "clip_sample": False}),
}
DEFINES = inputs.defines(CONFIG)


def pictures(batch, height, width, channels=3):
    return 2 * inputs.pictures(batch, 32)[:, :channels, :height, :width] - 1


def training_data():
    return pictures(BATCH * STEPS, 4, 4), diffusion.uniforms(BATCH * STEPS), draws(43, BATCH * STEPS, 3, 4, 4)


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
    x, u, e = training_data()
    check.gradients("denoise", {"x": x[:BATCH]}, u[:BATCH], e[:BATCH])
    check.train(("loss",), {"x": x}, u, e, batch=BATCH)
    for name, (config, schedule) in OTHERS.items():
        other(check, name, config, schedule)


def other(check, name, config, schedule):
    check.other(SOURCE, inputs.defines(config | schedule), f"{name}/")
    size, channels = diffusion.size_of(config), config.get("in_channels", 3)
    check.same("predict", {"x": pictures(4, *size, channels), "t": diffusion.TIMES}, prefix=f"{name}/")
    drawn = check.run("sample", {"n": 2, "H": 3, "W": 2}, ["result"], draws(44, 2, channels, *size), draws(45, 20, 2, channels, *size))["result"]
    check.compare(f"{name}/sample", drawn, check.reference[f"{name}/sample"], 1e-4)


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

    model = unet(CONFIG)
    result = {"predict/result": model(t.tensor(pictures(4, 6, 4)), times).sample, "sample/result": ancestral(model, {}, (1, 3, 32, 32), 1000)}
    for eta in (0, 0.7):
        scheduler = diffusers.DDIMScheduler()
        scheduler.set_timesteps(10)
        result[f"sample_ddim/{eta}"] = diffusion.sample(t, scheduler, draws(44, 2, 3, 6, 4), draws(45, 10, 2, 3, 6, 4), said_by(model), eta=eta)
    model = diffusion.with_loss(t, model, np.linspace(1e-4, 0.02, 1000))
    result |= diffusion.trained(t, model, t.torch.optim.Adam(model.parameters(), lr=2e-4), BATCH, *map(t.tensor, training_data()))
    for name, (config, schedule) in OTHERS.items():
        model, size, channels = unet(config), diffusion.size_of(config), config.get("in_channels", 3)
        result |= {f"{name}/predict/result": model(t.tensor(pictures(4, *size, channels)), times).sample,
                   f"{name}/sample": ancestral(model, schedule, (2, channels, *size), 20), f"{name}/shapes": inputs.shapes_text(t.shapes(model))}
    return result
