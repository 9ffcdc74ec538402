"""moment_vae: 20 steps."""
import inputs
from models.mnist_vae import COUNT, weights  # noqa: F401

SOURCE, DEFINES = "moment_vae/moment_vae.vae", ()


def check(check):
    check.train(("loss", "bce", "centre", "spread"), {"x": inputs.images(COUNT)}, inputs.noise(COUNT))
