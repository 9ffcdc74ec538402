"""denoiser: the conditional U-Net, its gradients and 20 steps in three configurations, each with another prediction and schedule, and guided sampling, against diffusers' UNet2DConditionModel."""
import numpy as np

import diffusion
import inputs
from diffusion import draws

SOURCE = "latent_diffusion/denoiser.vae"
STEPS, WORDS = 21, 5
CONFIG = {"block_out_channels": [4, 8], "layers_per_block": [1], "norm_num_groups": 2, "attention_head_dim": [2], "cross_attention_dim": 6,
          "attended_down": [True, False], "attended_up": [False, True]}
OTHERS = {
    "second": {"block_out_channels": [4, 8, 8], "layers_per_block": [1, 2, 1], "norm_num_groups": 2, "attention_head_dim": [1, 2, 4], "cross_attention_dim": 10,
               "attended_down": [False, True, True], "attended_up": [True, True, False], "transformer_layers_per_block": [1, 2, 1],
               "use_linear_projection": True, "in_channels": 5, "out_channels": 5, "flip_sin_to_cos": False, "freq_shift": 1, "downsample_padding": 0},
    "scaled": {"block_out_channels": [4], "layers_per_block": [2], "norm_num_groups": 2, "attention_head_dim": [2], "cross_attention_dim": 3,
               "attended_down": [True], "attended_up": [True], "resnet_time_scale_shift": "scale_shift", "mid_block_scale_factor": 1.5,
               "center_input_sample": True, "time_embedding_dim": 12, "norm_eps": 1e-6, "conv_in_kernel": 1, "conv_out_kernel": 5},
}
DEFINES = [*inputs.defines(CONFIG), "--programs=predict,sample,denoise"]


def words(batch, config, seed=46):
    return draws(seed, batch, WORDS, config["cross_attention_dim"])


SCHEDULES = {"second": {"prediction_type": "v_prediction", "beta_schedule": "linear"},
             "scaled": {"prediction_type": "sample", "beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 50}}
# Batch, height and width of what is trained on.
TRAINED = {"": (4, 4, 4), "second": (3, 8, 8), "scaled": (1, 3, 5)}


def training_data(name, config):
    batch, height, width = TRAINED[name]
    count, channels = batch * STEPS, config.get("in_channels", 4)
    return draws(40, count, channels, height, width), words(count, config), diffusion.uniforms(count), draws(43, count, channels, height, width)


def check(check):
    predict(check, CONFIG, "")
    for eta in (0, 0.7):
        given = {"context": words(2, CONFIG), "empty": words(2, CONFIG, 47), "guidance": np.float32(3), "H": 3, "W": 2, "steps": 10, "eta": np.float32(eta)}
        drawn = check.run("sample", given, ["result"], draws(44, 2, 4, 6, 4), draws(45, 10, 2, 4, 6, 4))["result"]
        check.compare(f"sample with eta {eta}", drawn, check.reference[f"sample/{eta}"], 1e-4)
    training(check, "", CONFIG)
    for name, config in OTHERS.items():
        check.other(SOURCE, [*inputs.defines(config | SCHEDULES[name]), "--programs=predict,denoise"], f"{name}/")
        predict(check, config, f"{name}/")
        training(check, name, config)


def latents(config):
    return draws(40, 4, config.get("in_channels", 4), *diffusion.size_of(config))


def predict(check, config, prefix):
    check.same("predict", {"x": latents(config), "t": diffusion.TIMES, "context": words(4, config)}, prefix=prefix)


def training(check, name, config):
    (x, context, u, e), batch, prefix = training_data(name, config), TRAINED[name][0], name and f"{name}/"
    check.gradients("denoise", {"x": x[:batch], "context": context[:batch]}, u[:batch], e[:batch], prefix=prefix, most=50 if name else 1500)
    check.train(("loss",), {"x": x, "context": context}, u, e, batch=batch, prefix=prefix)


def reference(t):
    import diffusers

    times = t.torch.tensor(diffusion.TIMES).long()

    def unet(config):
        levels = config["block_out_channels"]
        listed = {name: value * len(levels) if isinstance(value, list) and len(value) == 1 else value for name, value in config.items()}
        listed["layers_per_block"] = tuple(listed["layers_per_block"])
        return diffusion.unet(t, diffusers.UNet2DConditionModel, listed, "CrossAttn")

    def guided(model):
        context, empty = t.tensor(words(2, CONFIG)), t.tensor(words(2, CONFIG, 47))

        def say(x, time):
            plain, given = model(x, time, empty).sample, model(x, time, context).sample
            return plain + 3 * (given - plain)

        return say

    def results(model, name, config):
        schedule = {"prediction_type": "epsilon", "beta_schedule": "scaled_linear", "num_train_timesteps": 1000, **SCHEDULES.get(name, {})}
        bar = diffusion.shares(schedule["beta_schedule"], 0.00085, 0.012, schedule["num_train_timesteps"])
        model = diffusion.with_loss(t, model, bar, schedule["prediction_type"])
        made = {"predict/result": model(t.tensor(latents(config)), times, t.tensor(words(4, config))).sample}
        optimizer = t.torch.optim.AdamW(model.parameters(), lr=1e-4)
        return made | diffusion.trained(t, model, optimizer, TRAINED[name][0], *map(t.tensor, training_data(name, config)), most=50 if name else 1500)

    model, result = unet(CONFIG), {}
    for eta in (0, 0.7):
        scheduler = diffusers.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, set_alpha_to_one=False, clip_sample=False)
        scheduler.set_timesteps(10)
        result[f"sample/{eta}"] = diffusion.sample(t, scheduler, draws(44, 2, 4, 6, 4), draws(45, 10, 2, 4, 6, 4), guided(model), eta=eta)
    result |= results(model, "", CONFIG)
    for name, config in OTHERS.items():
        result |= {f"{name}/{key}": value for key, value in results(unet(config), name, config).items()}
    return result
