"""The fully connected VAE: every entry at several batches, gradients, 20 steps."""
import inputs

SOURCE, DEFINES = "mnist_vae/mnist_vae.vae", ()
COUNT = inputs.TRAIN_BATCH * inputs.TRAIN_STEPS


def weights():
    return inputs.weights("mnist_vae")


def check(check):
    x, eps = inputs.images(COUNT), inputs.noise(COUNT)
    for batch in inputs.BATCHES if check.wants("infer") else ():
        result = check.run("encode", {"x": x[:batch]}, ["mu", "logvar"])
        for name, value in result.items():
            check.compare(f"encode {name} B={batch}", value, check.reference[f"encode/{batch}/{name}"], 1e-5)
        result = check.run("decode", {"z": eps[:batch]}, ["result"])
        check.compare(f"decode B={batch}", result["result"], check.reference[f"decode/{batch}"], 1e-5)
        terms = check.run("elbo", {"x": x[:batch]}, ["loss", "bce", "kl"], eps[:batch])
        for i, name in enumerate(("loss", "bce", "kl")):
            check.compare(f"elbo {name} B={batch}", terms[name], check.reference[f"elbo/{batch}"][i], 1e-5)
    if check.wants("gradient"):
        check.gradients("elbo", {"x": x[:64]}, eps[:64])
    if check.wants("train"):
        check.train(("loss", "bce", "kl"), {"x": x}, eps)
