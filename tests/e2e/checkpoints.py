#!/usr/bin/env python3
"""Checkpoints as people have them to packages with weights inside: diffusers' folders, lone files, full checkpoints, older names; and what is refused.

    checkpoints.py --bin=build/dev/bin
"""
import json
import pathlib
import re
import sys

import numpy as np

import harness
import inputs

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from models import autoencoder_kl, autoencoder_tiny, vq_model  # noqa: E402

REFERENCES = pathlib.Path(__file__).parent / "references"
SAME = {"_diffusers_version": "0.31.0", "force_upcast": True, "sample_size": 64}
KL = {"_class_name": "AutoencoderKL", "act_fn": "silu", "in_channels": 3, "out_channels": 3, "latent_channels": 4, "scaling_factor": 0.18215, "shift_factor": None,
      "latents_mean": None, "latents_std": None, "down_block_types": ["DownEncoderBlock2D"] * 3, "up_block_types": ["UpDecoderBlock2D"] * 3,
      **autoencoder_kl.CONFIG, **SAME}
GROUPS = f"-Dnorm_num_groups={autoencoder_kl.CONFIG['norm_num_groups']}"  # which no shape tells
TINY = {"_class_name": "AutoencoderTiny", "act_fn": "relu", "upsample_fn": "nearest", "upsampling_scaling_factor": 2, "latent_magnitude": 3, "latent_shift": 0.5,
        "block_out_channels": [6, 6, 6], "force_upcast": False, **autoencoder_tiny.CONFIG}
VQ = {"_class_name": "VQModel", "act_fn": "silu", "norm_type": "group", "lookup_from_codebook": False, **SAME}


def weights_of(model, prefix=""):
    stored = np.load(REFERENCES / f"{model.__name__.rpartition('.')[2]}.npz")
    start = prefix + "value/"
    return stored, inputs.drawn(stored[prefix + "shapes"]) | {name.removeprefix(start): stored[name] for name in stored if name.startswith(start)}


def original(name, levels):
    """What latent diffusion's own code calls a weight of diffusers."""
    parts = {"conv_shortcut": "nin_shortcut", "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name).replace("mid_block.attentions.0", "mid.attn_1")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.", lambda m: f"up.{levels - 1 - int(m[1])}.block.", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0\.", lambda m: f"up.{levels - 1 - int(m[1])}.upsample.", name)
    name = name.replace("conv_norm_out", "norm_out")
    for new, old in parts.items():
        name = name.replace(f".{new}.", f".{old}.")
    return name


def convolved(name, value):
    """Matrices of attention as 1x1 convolutions."""
    return value[:, :, None, None] if ".mid.attn_1." in name and value.ndim == 2 else value


class Check:
    def __init__(self, tools):
        self.tools = tools

    def folder(self, name, config, tensors, file="diffusion_pytorch_model.safetensors"):
        folder = self.tools.folder / name
        folder.mkdir(exist_ok=True)
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config))
        inputs.save_safetensors(folder / file, tensors)
        return folder

    def compiles(self, given, *words, says=()):
        result = self.tools.tool("vaec", given, "-o", self.tools.package, *words, capture_output=True, text=True, check=False)
        self.tools.expect(f"{given.name} compiles {' '.join(words)}: {result.stderr.strip()}", result.returncode == 0 and all(text in result.stderr for text in says))

    def refused(self, what, given, *texts, words=()):
        target = self.tools.folder / "refused.vaep"
        result = self.tools.tool("vaec", given, "-o", target, *words, capture_output=True, text=True, check=False)
        self.tools.expect(f"{what} is refused: {result.stderr.strip()}", result.returncode == 1 and all(text in result.stderr for text in texts) and not target.exists())

    def decodes(self, what, stored, at, z, tolerance=1e-5, words=(), entry="decode"):
        for self.tools.device in ("cpu", "vulkan"):
            got = self.tools.run(entry, {"z": z}, ["result"], *words)["result"]
            self.tools.compare(f"{what}: {entry}", got, stored[at], tolerance)


def good(check):
    stored, weights = weights_of(autoencoder_kl)
    z = autoencoder_kl.latents(1, 2, 3)
    folder = check.folder("vae", KL, weights)
    check.compiles(folder)
    check.decodes("a folder", stored, "decode/result/1x2x3", z)
    check.decodes("a folder", stored, "decode_latents/result/1x2x3", z, entry="decode_latents")
    check.compiles(folder, "--weights=beside")
    check.decodes("weights beside", stored, "decode/result/1x2x3", z, words=[f"--weights={check.tools.package.with_suffix('.safetensors')}"])

    check.folder("pipe", None, {"x": np.zeros(1, np.float32)})
    (check.tools.folder / "pipe" / "model_index.json").write_text("{}")
    check.folder("pipe/vae", KL, {name: value.astype(np.float16) for name, value in weights.items()})
    check.compiles(check.tools.folder / "pipe", says=["its autoencoder is taken"])
    check.decodes("a pipeline's folder in F16", stored, "decode/result/1x2x3", z, 2e-3)

    lone = check.tools.folder / "lone.safetensors"
    inputs.save_safetensors(lone, weights)
    check.compiles(lone, GROUPS, says=["taken to be AutoencoderKL", "scaling_factor"])
    check.decodes("a lone file", stored, "decode/result/1x2x3", z)

    full = {"first_stage_model." + original(name, 3): convolved(original(name, 3), value) for name, value in weights.items()}
    full |= {"model.diffusion_model.input_blocks.0.0.weight": np.zeros((2, 2), np.float32), "first_stage_model.loss.logvar": np.zeros((), np.float32)}
    checkpoint = check.tools.folder / "full.safetensors"
    inputs.save_safetensors(checkpoint, full)
    check.compiles(checkpoint, GROUPS, says=["'first_stage_model.'", "1 other tensors are passed over"])
    check.decodes("a full checkpoint", stored, "decode/result/1x2x3", z)

    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    renamed = {re.sub(r"attentions\.0\.(to_q|to_k|to_v|to_out\.0)\.", lambda m: f"attentions.0.{old[m[1]]}.", name): value for name, value in weights.items()}
    check.compiles(check.folder("old", KL, renamed, file="any.safetensors"))
    check.decodes("old names of attention", stored, "decode/result/1x2x3", z)

    stored, weights = weights_of(autoencoder_tiny)
    check.compiles(check.folder("tiny", TINY, weights))
    check.decodes("AutoencoderTiny", stored, "at/1x3x5/decode/result", autoencoder_tiny.latents(1, 3, 5))
    inputs.save_safetensors(lone, weights)
    check.compiles(lone, says=["taken to be AutoencoderTiny"])
    check.decodes("a lone AutoencoderTiny", stored, "at/1x3x5/decode/result", autoencoder_tiny.latents(1, 3, 5))

    stored, weights = weights_of(vq_model, "attended/")
    kinds = {"down_block_types": ["DownEncoderBlock2D", "AttnDownEncoderBlock2D"], "up_block_types": ["AttnUpDecoderBlock2D", "UpDecoderBlock2D"]}
    config = {name: value for name, value in vq_model.OTHERS["attended"].items() if not name.startswith("attended")}
    check.compiles(check.folder("vq", {**VQ, **config, **kinds}, weights))
    check.decodes("VQModel with attention", stored, "attended/decode_latents/result", vq_model.latents(2, 3, 2, 3), entry="decode_latents")
    inputs.save_safetensors(lone, weights)
    check.compiles(lone, "-Dnorm_num_groups=2", says=["taken to be VQModel"])
    check.decodes("a lone VQModel", stored, "attended/decode_latents/result", vq_model.latents(2, 3, 2, 3), entry="decode_latents")


def shifted(check):
    """Means and deviations a channel, as a few fine-tunes have them."""
    _, weights = weights_of(autoencoder_kl)
    mean, deviation, z = [0.5, -1, 0.25, 2], [2, 1, 0.5, 4], autoencoder_kl.latents(1, 2, 3)
    check.compiles(check.folder("statistics", {**KL, "latents_mean": mean, "latents_std": deviation}, weights))
    column = lambda values: np.array(values, np.float32).reshape(1, 4, 1, 1)
    plain = check.tools.run("decode", {"z": z * column(deviation) / np.float32(KL["scaling_factor"]) + column(mean)}, ["result"])["result"]
    check.tools.compare("means and deviations of latents", check.tools.run("decode_latents", {"z": z}, ["result"])["result"], plain, 1e-5)


def bad(check):
    _, weights = weights_of(autoencoder_kl)
    config = lambda name, **fields: check.folder(name, {**KL, **fields}, weights)
    check.refused("an unknown field", config("bad", latent_chanels=8), "config.json: 'latent_chanels' is not a known field of AutoencoderKL; the nearest is 'latent_channels'")
    check.refused("another activation", config("bad", act_fn="gelu"), "'act_fn' is \"gelu\"; vaec knows \"silu\" alone")
    check.refused("another block", config("bad", down_block_types=["DownBlock2D"] * 3), "'down_block_types' has the kind \"DownBlock2D\"")
    check.refused("another class", config("bad", _class_name="ControlNetModel"), "a model of the class 'ControlNetModel'; vaec's library has VQModel, AutoencoderTiny, AutoencoderKL")
    check.refused("another count of latents", config("bad", latent_channels=8), "not quite AutoencoderKL as configured", "have another shape", "'encoder.conv_out.weight' is F32[8, 8, 3, 3], not f32[16, 8, 3, 3]")
    check.refused("a field that is no number", config("bad", layers_per_block={"a": 1}), "'layers_per_block' is {\"a\":1}, which is not a number")
    (check.tools.folder / "bad" / "config.json").write_text("{")
    check.refused("a broken config", check.tools.folder / "bad", "config.json: not valid JSON")
    (check.tools.folder / "bad" / "config.json").unlink()
    check.refused("a folder without config", check.tools.folder / "bad", "no config.json in this folder")

    lacking = {name: value for name, value in weights.items() if name != "decoder.conv_out.bias"}
    check.refused("a missing weight", check.folder("bad", KL, lacking), "1 are missing", "'decoder.conv_out.bias' is missing")
    check.refused("a weight too many", check.folder("bad", KL, {**weights, "decoder.extra.weight": np.zeros(3, np.float32)}), "1 have no place in the model", "no 'decoder.extra.weight'")
    nan = {**weights, "encoder.conv_in.bias": np.full(4, 0x7fc0, np.uint16)}  # written as BF16
    check.refused("NaN in BF16", check.folder("bad", KL, nan), "tensor 'encoder.conv_in.bias' holds NaN or infinity, first at element 0")

    folder = config("split")
    (folder / "diffusion_pytorch_model.safetensors").rename(folder / "diffusion_pytorch_model-00001-of-00002.safetensors")
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text("{}")
    check.refused("a sharded checkpoint", folder, "split over several files", "save_pretrained")
    folder = config("pickled")
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    (folder / "diffusion_pytorch_model.bin").write_bytes(b"PK\x03\x04")
    check.refused("a pickled checkpoint", folder, "pickled weights are not read", "safe_serialization=True")

    lone = check.tools.folder / "other.safetensors"
    inputs.save_safetensors(lone, {"fc.weight": np.zeros((2, 2), np.float32)})
    check.refused("other weights", lone, "not the weights of a model that vaec's library has")
    check.refused("weights of a text", harness.EXAMPLES / "mnist_vae" / "mnist_vae.vae", "--weights goes with a checkpoint", words=["--weights=beside"])


def test(tools, _):
    check = Check(tools)
    good(check)
    shifted(check)
    bad(check)


if __name__ == "__main__":
    harness.main(__doc__, test)
