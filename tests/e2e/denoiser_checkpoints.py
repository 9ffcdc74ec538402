#!/usr/bin/env python3
"""Denoisers as diffusers has them: their folders with and without a scheduler, lone files, and what is refused by name.

    denoiser_checkpoints.py --bin=build/dev/bin
"""
import json

import numpy as np

import diffusion
import harness
import inputs
from checkpoints import Check, weights_of
from models import ddpm, denoiser

# What diffusers writes beside what a test sets.
CONDITIONAL = {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.31.0", "act_fn": "silu", "addition_embed_type": None, "addition_embed_type_num_heads": 64,
               "addition_time_embed_dim": None, "attention_type": "default", "center_input_sample": False, "class_embed_type": None, "class_embeddings_concat": False,
               "conv_in_kernel": 3, "conv_out_kernel": 3, "cross_attention_norm": None, "downsample_padding": 1, "dropout": 0.0, "dual_cross_attention": False,
               "encoder_hid_dim": None, "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 4, "mid_block_only_cross_attention": None, "mid_block_scale_factor": 1,
               "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-5, "num_attention_heads": None, "num_class_embeds": None, "only_cross_attention": False,
               "out_channels": 4, "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": False, "resnet_time_scale_shift": "default", "sample_size": 64,
               "time_embedding_type": "positional", "transformer_layers_per_block": 1, "upcast_attention": None, "use_linear_projection": False}
PICTURES = {"_class_name": "UNet2DModel", "act_fn": "silu", "add_attention": True, "attn_norm_num_groups": None, "class_embed_type": None, "downsample_type": "conv",
            "dropout": 0.0, "in_channels": 3, "num_class_embeds": None, "out_channels": 3, "sample_size": 32, "time_embedding_type": "positional", "upsample_type": "conv"}
SCHEDULER = {"_class_name": "PNDMScheduler", "beta_end": 0.02, "beta_schedule": "squaredcos_cap_v2", "beta_start": 0.001, "num_train_timesteps": 100,
             "prediction_type": "v_prediction", "set_alpha_to_one": True, "skip_prk_steps": True, "steps_offset": 0, "trained_betas": None}
SCHEDULED = ("num_train_timesteps = 100", 'beta_schedule = "squaredcos_cap_v2"', 'prediction_type = "v_prediction"')


def config_of(base, config, attending):
    """A model's parameters as its config.json says them."""
    alone = lambda value: value[0] if isinstance(value, list) and len(value) == 1 and value != config["block_out_channels"] else value
    return base | diffusion.with_kinds({name: alone(value) if not name.startswith("attended_") else value for name, value in config.items()}, attending)


def predicts(check, what, model, config, stored, prefix, **given):
    x = model.latents(config) if model is denoiser else ddpm.pictures(4, *diffusion.size_of(config))
    for check.tools.device in ("cpu", "vulkan"):
        got = check.tools.run("predict", {"x": x, "t": diffusion.TIMES, **given}, ["result"])["result"]
        check.tools.compare(f"{what}: predict", got, stored[f"{prefix}predict/result"], 1e-5)


def informs(check, *texts):
    says = check.tools.tool("vae-run", "info", check.tools.package, capture_output=True, text=True).stdout
    check.tools.expect(f"info says {', '.join(texts)}", all(text in says for text in texts))


def conditional(check):
    stored, weights = weights_of(denoiser)
    words = denoiser.words(4, denoiser.CONFIG)
    folder = check.folder("unet", config_of(CONDITIONAL, denoiser.CONFIG, "CrossAttn"), weights)
    check.compiles(folder, says=["no scheduler_config.json"])
    predicts(check, "a folder", denoiser, denoiser.CONFIG, stored, "", context=words)
    (check.tools.folder / "scheduler").mkdir()
    (check.tools.folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(SCHEDULER))
    check.compiles(folder)
    informs(check, *SCHEDULED, "set_alpha_to_one = true")

    lone = check.tools.folder / "lone.safetensors"
    inputs.save_safetensors(lone, weights)
    check.compiles(lone, "-Dnorm_num_groups=2", "-Dattention_head_dim=[2]", says=["taken to be UNet2DConditionModel", "attention_head_dim"])
    predicts(check, "a lone file", denoiser, denoiser.CONFIG, stored, "", context=words)

    config = denoiser.OTHERS["second"]
    stored, weights = weights_of(denoiser, "second/")
    check.compiles(check.folder("second", config_of(CONDITIONAL, config, "CrossAttn"), weights))
    predicts(check, "lists, a number a level", denoiser, config, stored, "second/", context=denoiser.words(4, config))


def pictures(check):
    config = ddpm.OTHERS["scaled"][0]
    stored, weights = weights_of(ddpm, "scaled/")
    folder = check.folder("ddpm", config_of(PICTURES, config | {"attention_head_dim": None}, "Attn"), weights)
    (folder / "scheduler_config.json").write_text(json.dumps(SCHEDULER | {"clip_sample": False}))
    check.compiles(folder)
    predicts(check, "a folder with its scheduler", ddpm, config, stored, "scaled/")
    informs(check, *SCHEDULED, "clip_sample = false")
    pipeline = check.tools.folder / "pipeline"
    check.folder("pipeline", None, weights)
    (pipeline / "model_index.json").write_text("{}")
    check.folder("pipeline/unet", config_of(PICTURES, config | {"attention_head_dim": None}, "Attn"), weights)
    check.compiles(pipeline, says=["its denoiser is taken"])
    stored, weights = weights_of(ddpm)
    lone = check.tools.folder / "lone.safetensors"
    inputs.save_safetensors(lone, weights)
    check.compiles(lone, "-Dnorm_num_groups=2", "-Dattention_head_dim=4", says=["taken to be UNet2DModel"])
    predicts(check, "a lone UNet2DModel", ddpm, ddpm.CONFIG, stored, "")


def bad(check):
    _, weights = weights_of(denoiser)
    good = config_of(CONDITIONAL, denoiser.CONFIG, "CrossAttn")
    wrong = lambda **fields: check.folder("wrong/unet", {**good, **fields}, weights)
    (check.tools.folder / "wrong").mkdir()
    check.refused("SDXL's addition", wrong(addition_embed_type="text_time"), "'addition_embed_type' is \"text_time\"; vaec knows null alone")
    check.refused("classes", wrong(num_class_embeds=1000), "'num_class_embeds' is 1000")
    check.refused("a kind of level", wrong(down_block_types=["AttnDownBlock2D", "DownBlock2D"]), "AttnDownBlock2D", "and the same with CrossAttn before it")
    check.refused("a way of shifting", wrong(resnet_time_scale_shift="spatial"), "resnet_time_scale_shift is default or scale_shift")
    check.refused("a text that is no word", wrong(resnet_time_scale_shift="a b"), "'resnet_time_scale_shift' is \"a b\"")
    check.refused("an inpainting denoiser", wrong(in_channels=9), "out_channels is in_channels")
    schedule = check.tools.folder / "wrong" / "scheduler"
    schedule.mkdir()
    (schedule / "scheduler_config.json").write_text(json.dumps(SCHEDULER | {"trained_betas": [0.5]}))
    check.refused("trained betas", wrong(), "scheduler_config.json", "'trained_betas' is [0.5]")
    (schedule / "scheduler_config.json").write_text(json.dumps(SCHEDULER | {"prediction_type": "flow"}))
    check.refused("another prediction", wrong(), "prediction_type is epsilon, sample or v_prediction")
    lone = check.tools.folder / "xl.safetensors"
    inputs.save_safetensors(lone, weights | {"add_embedding.linear_1.weight": np.zeros((2, 2), np.float32)})
    check.refused("a part that the model lacks", lone, "the model has no 'add_embedding.linear_1.weight'", words=["-Dnorm_num_groups=2", "-Dattention_head_dim=[2]"])
    inputs.save_safetensors(lone, {"model.diffusion_model.input_blocks.0.0.weight": np.zeros((2, 2), np.float32)})
    check.refused("names of original latent diffusion", lone, "under the names of original latent diffusion", "save_pretrained")


def test(tools, _):
    check = Check(tools)
    conditional(check)
    pictures(check)
    bad(check)


if __name__ == "__main__":
    harness.main(__doc__, test)
