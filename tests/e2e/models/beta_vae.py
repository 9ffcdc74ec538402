"""beta_vae: 20 steps, its warm-up short enough to be seen whole."""
import inputs
from models.mnist_vae import COUNT, weights  # noqa: F401

SOURCE, DEFINES = "beta_vae/beta_vae.vae", (f"-Dwarmup={inputs.WARMUP}",)


def check(check):
    check.train(("loss", "bce", "kl", "beta"), {"x": inputs.images(COUNT)}, inputs.noise(COUNT))
