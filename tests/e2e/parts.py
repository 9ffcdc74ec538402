#!/usr/bin/env python3
"""A model inside a model: weights from a file of each, frozen ones left alone in training, losses and gradients against NumPy's float64.

    parts.py --bin=build/dev/bin
"""
import pathlib

import numpy as np

import harness
import inputs

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5
RATE, STEPS, BATCH = 0.02, 6, 8
random = np.random.RandomState(5)
X = random.uniform(-1, 1, (STEPS * BATCH, 6)).astype(np.float32)
Z = random.uniform(-1, 1, (4, 3)).astype(np.float32)


def stage(latent):
    shapes = {"encoder.fc.weight": (5, 6), "encoder.fc.bias": (5,), "encoder.norm.weight": (5,), "encoder.norm.bias": (5,), "encoder.norm.running_mean": (5,),
              "encoder.norm.running_var": (5,), "encoder.out.weight": (latent, 5), "encoder.out.bias": (latent,), "decoder.weight": (6, latent), "decoder.bias": (6,)}
    return {name: random.uniform(0.2, 1, shape).astype(np.float32) for name, shape in shapes.items()}


FILES = {"vae": stage(3), "critic": stage(2), "net": {"net.weight": random.uniform(-1, 1, (3, 3)).astype(np.float32), "net.bias": np.ones(3, np.float32)}}


def double(weights):
    return {name: value.astype(np.float64) for name, value in weights.items()}


def encoded(w, x):
    """The encoder in its evaluation form."""
    h = x @ w["encoder.fc.weight"].T + w["encoder.fc.bias"]
    h = (h - w["encoder.norm.running_mean"]) / np.sqrt(w["encoder.norm.running_var"] + 1e-5) * w["encoder.norm.weight"] + w["encoder.norm.bias"]
    return np.tanh(h) @ w["encoder.out.weight"].T + w["encoder.out.bias"]


def encoder_vjp(w, x, g):
    h = x @ w["encoder.fc.weight"].T + w["encoder.fc.bias"]
    scale = w["encoder.norm.weight"] / np.sqrt(w["encoder.norm.running_var"] + 1e-5)
    y = np.tanh((h - w["encoder.norm.running_mean"]) * scale + w["encoder.norm.bias"])
    return g @ w["encoder.out.weight"] * (1 - y * y) * scale @ w["encoder.fc.weight"]


def drawn(w, net, z):
    return (z @ net["net.weight"].T + net["net.bias"]) @ w["decoder.weight"].T + w["decoder.bias"]


def trained(losses):
    """What these losses are at each step, and the net after all of them."""
    vae, critic, net = double(FILES["vae"]), double(FILES["critic"]), double(FILES["net"])
    rows = {loss: [] for loss in losses}
    for step in range(STEPS):
        x = X[step * BATCH:(step + 1) * BATCH].astype(np.float64)
        z = encoded(vae, x)
        for loss in losses:
            y = drawn(vae, net, z)
            difference = y - x if loss == "fit" else encoded(critic, y) - encoded(critic, x)
            rows[loss].append(np.mean(difference**2))
            g = 2 * difference / difference.size
            g = (g if loss == "fit" else encoder_vjp(critic, y, g)) @ vae["decoder.weight"]
            net = {"net.weight": net["net.weight"] - RATE * g.T @ z, "net.bias": net["net.bias"] - RATE * g.sum(0)}
    return rows, net


def check_entries(check, files):
    vae, net = double(FILES["vae"]), double(FILES["net"])
    part, whole = f"--weights=vae={files['vae']}", f"--weights={files['net']}"
    check.compare("encode by the part's file alone", check.run("encode", {"x": X}, ["result"], part)["result"], encoded(vae, X), TOLERANCE)
    check.compare("denoise without the part", check.run("denoise", {"z": Z}, ["result"], whole)["result"], Z @ net["net.weight"].T + net["net.bias"], TOLERANCE)
    check.compare("draw by both files", check.run("draw", {"z": Z}, ["result"], part, whole)["result"], drawn(vae, net, Z), TOLERANCE)


def check_training(check, losses, words, parts):
    rows, net = trained(losses)
    log, saved = check.train({"x": X}, "--no-shuffle", f"--batch={BATCH}", "--epochs=1", *words)
    for loss in losses:
        check.compare(f"{loss} of {'+'.join(losses)}", log["loss" if len(losses) == 1 else f"{loss}.loss"], rows[loss], TOLERANCE)
    made = inputs.load_safetensors(saved)
    for name in net:
        check.compare(f"{name} after {'+'.join(losses)}", made[name], net[name], TOLERANCE)
    # Nothing calls the critic's decoder.
    given = {f"{part}.{name}": value for part in parts for name, value in FILES[part].items() if not f"{part}.{name}".startswith("critic.decoder")}
    check.expect("what is saved: the net, and the parts that a file gave", sorted(made) == sorted([*net, *given]))
    check.expect("frozen weights and buffers are as they were", all(np.array_equal(made[name], value) for name, value in given.items()))
    return saved, net


def check_resume(check, saved, words):
    half = check.train({"x": X}, "--no-shuffle", f"--batch={BATCH}", "--epochs=1", "--steps=3", *words, save="half.safetensors")[1]
    resumed = check.train({"x": X}, "--no-shuffle", f"--batch={BATCH}", "--epochs=1", "--loss=fit", f"--resume={half}", save="resumed.safetensors")[1]
    check.expect(f"{check.device} resumes to the same checkpoint", resumed.read_bytes() == saved.read_bytes())


def check_refused(check, files):
    def refused(what, verb, *words):
        made = check.tool("vae-run", verb, check.package, *words, check=False, capture_output=True, text=True)
        check.expect(f"refused: {what} ({made.stderr.strip()})", made.returncode == 1 and what in made.stderr)

    z, x, net, out = check.array("z", Z), check.array("x", X), f"--weights={files['net']}", ["-o", check.folder / "o.npy"]
    refused("'draw' needs the weights of the frozen part 'vae', which no file gives: vae.decoder.weight and 1 more; --weights vae=FILE does",
            "run", "draw", f"z={z}", net, *out)
    refused("'draw' needs the weights of the model, which no file gives: net.weight and 1 more; --weights FILE does",
            "run", "draw", f"z={z}", f"--weights=vae={files['vae']}", *out)
    refused("needs the weights of the frozen part 'critic', which no file gives: critic.encoder.fc.weight and 7 more",
            "train", f"--data={x}", "--epochs=1", f"--weights=vae={files['vae']}")
    refused("model 'parts' has no part 'vea'; its parts are critic, net, vae", "run", "draw", f"z={z}", net, f"--weights=vea={files['vae']}", *out)
    refused("--weights names two files of part 'vae'", "run", "draw", f"z={z}", *[f"--weights=vae={files['vae']}"] * 2, *out)
    refused("--weights names two files of the model", "run", "draw", f"z={z}", net, net, *out)
    refused("of the 2 tensors that part 'vae' needs", "run", "draw", f"z={z}", net, f"--weights=vae={files['net']}", *out)
    refused(f"'{files['vae']}' would be written, but is an input", "train", f"--data={x}", "--epochs=1", f"--weights=vae={files['vae']}", f"--save={files['vae']}")


def test(check, _):
    files = {name: check.folder / f"{name}.safetensors" for name in FILES}
    for name, path in files.items():
        inputs.save_safetensors(path, FILES[name])
    check.compile(HERE / "parts.vae")
    words = [f"--weights={files['net']}", "--weights", f"vae={files['vae']}"]
    for check.device in ("cpu", "vulkan"):
        check_entries(check, files)
        saved, net = check_training(check, ["fit"], ["--loss=fit", *words], ["vae"])
        check.compare("draw by what was saved", check.run("draw", {"z": Z}, ["result"], f"--weights={saved}")["result"], drawn(double(FILES["vae"]), net, Z), TOLERANCE)
        check_resume(check, saved, ["--loss=fit", *words])
        check_training(check, ["fit", "perceptual"], [*words, f"--weights=critic={files['critic']}"], ["vae", "critic"])
    check_refused(check, files)


if __name__ == "__main__":
    harness.main(__doc__, test)
