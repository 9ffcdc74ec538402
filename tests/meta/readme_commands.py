#!/usr/bin/env python3
"""Runs every `vaec` and `vae-run` line of the top README in order, in a folder with a few digits, two photos and a small autoencoder as diffusers has it.

    readme_commands.py SOURCE BIN
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
import checkpoints  # noqa: E402
import inputs  # noqa: E402
from data import png  # noqa: E402
from models import autoencoder_kl  # noqa: E402


def store_autoencoder(folder):
    """sd/vae, and latents for it."""
    (folder / "sd" / "vae").mkdir(parents=True)
    (folder / "sd" / "vae" / "config.json").write_text(json.dumps(checkpoints.KL))
    inputs.save_safetensors(folder / "sd" / "vae" / "diffusion_pytorch_model.safetensors", checkpoints.weights_of(autoencoder_kl)[1])
    np.save(folder / "latents.npy", autoencoder_kl.latents(1, 2, 3))


def store_photos(folder):
    """Of sizes that no autoencoder's strides divide."""
    folder.mkdir()
    for name, shape in {"a.png": (31, 45, 3), "b.png": (18, 27, 3)}.items():
        (folder / name).write_bytes(png(np.random.RandomState(4).randint(0, 256, shape).astype(np.uint8), 2))


def main():
    source, tools = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    text = (source / "README.md").read_text()
    commands = [line.split("#")[0].strip() for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
    commands = [command for command in commands if command.startswith(("vaec ", "vae-run "))]
    environment = dict(os.environ, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(source / "examples", pathlib.Path(folder) / "examples")
        for name in ("digits.idx3", "digits.idx3.gz"):
            subprocess.run([tools / "draw-digits", "--count", "256", "--seed", "1", "--images", name, "--labels", "labels.idx1"], cwd=folder, check=True)
        store_autoencoder(pathlib.Path(folder))
        store_photos(pathlib.Path(folder) / "photos")
        for command in commands:
            print("$", command, flush=True)
            subprocess.run(command, shell=True, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    print(f"{len(commands)} commands of the README run")
    sys.exit(len(commands) < 6)


if __name__ == "__main__":
    main()
