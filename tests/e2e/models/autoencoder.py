"""The plain autoencoder: its entries at several batches, gradients, 20 steps."""
import inputs
from models.mnist_vae import COUNT

SOURCE, DEFINES = "autoencoder/autoencoder.vae", ()


def weights():
    return inputs.weights("autoencoder")


def check(check):
    x = inputs.images(COUNT)
    for batch in inputs.BATCHES if check.wants("infer") else ():
        result = check.run("encode", {"x": x[:batch]}, ["result"])
        check.compare(f"encode B={batch}", result["result"], check.reference[f"encode/{batch}/z"], 1e-5)
        result = check.run("reconstruction", {"x": x[:batch]}, ["loss"])
        check.compare(f"loss B={batch}", result["loss"], check.reference[f"loss/{batch}"][0], 1e-5)
    if check.wants("gradient"):
        check.gradients("reconstruction", {"x": x[:64]})
    if check.wants("train"):
        check.train(("loss",), {"x": x})
