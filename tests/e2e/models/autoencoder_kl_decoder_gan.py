"""autoencoder_kl_decoder_gan: gradients of both losses and 20 steps of both in turn, with the frozen network and without, against diffusers' AutoencoderKL, LPIPS and
a patch discriminator."""
import numpy as np

import inputs
from models import autoencoder_kl_gan as gan, lpips, vqgan

BATCH = gan.BATCH
SOURCE = "autoencoder_kl/autoencoder_kl_decoder_gan.vae"
WIDTHS = [4, 4, 6, 6, 8]
SMALL = {**gan.SMALL, "lpips_widths": WIDTHS, "critic_width": 6, "critic_layers": 2, "critic_start": gan.START, "learning_rate": gan.RATE}
CONFIGS = {"": {**SMALL, "perceptual_weight": 0.7}, "plain": {**SMALL, "perceptual_weight": 0}}
DEFINES = inputs.defines(CONFIGS[""])


def terms(config):
    seen = ("seen",) if config["perceptual_weight"] else ()
    return [f"generator.{term}" for term in ("loss", "l1", *seen, "fooled", "weight")] + [f"discriminator.{term}" for term in ("loss", "hinge")]


def check(check):
    configuration(check, CONFIGS[""], "")
    left_out(check)
    check.other(SOURCE, inputs.defines(CONFIGS["plain"]), "plain/")
    configuration(check, CONFIGS["plain"], "plain/")
    lpips.check(check)


def configuration(check, config, prefix):
    x, first, second = gan.pictures(), gan.noise(61), gan.noise(62)
    check.same("reconstruct", {"x": x[:3]}, prefix=prefix)
    for loss, eps in (("generator", first), ("discriminator", second)):
        check.gradients(loss, {"x": x[:BATCH]}, eps[:BATCH], prefix=f"{prefix}{loss}/", most=50)
    trained = check.train(terms(config), {"x": x}, first, second, batch=BATCH, tolerance=2e-4, prefix=prefix)
    if trained is None:
        return
    changed = {name for name, value in check.values.items() if not np.array_equal(trained[name], value)}
    foreign = {name for name in changed if not name.startswith(("first_stage.decoder.", "critic."))}
    check.harness.expect(f"{check.device} {prefix}the decoder and the critic change, and nothing else: {sorted(foreign)}", changed and not foreign)


def left_out(check):
    """Whatever is not the loss runs without the frozen network's weights, and they may come from a file of their own."""
    tools, x = check.harness, gan.pictures()[:BATCH]
    path, own = tools.folder / "without.safetensors", tools.folder / "lpips.safetensors"
    inputs.save_safetensors(path, {name: value for name, value in check.values.items() if not name.startswith("lpips.")})
    inputs.save_safetensors(own, {name.removeprefix("lpips."): value for name, value in check.values.items() if name.startswith("lpips.")})
    value = tools.run("reconstruct", {"x": x[:3]}, ["result"], f"--weights={path}")["result"]
    check.compare("reconstruct without the frozen weights", value, check.reference["reconstruct/result"], 1e-5)
    words = ["train", tools.package, f"--data={tools.array('x', x)}", f"--batch={BATCH}", "--epochs=1", f"--weights={path}", f"--device={check.device}"]
    refused = tools.tool("vae-run", *words, check=False, capture_output=True, text=True)
    said = "needs the weights of the frozen part 'lpips', which no file gives"
    tools.expect(f"{check.device} {refused.stderr.strip()}", refused.returncode == 1 and said in refused.stderr and "--weights lpips=FILE does" in refused.stderr)
    ran = tools.tool("vae-run", *words, f"--weights=lpips={own}", check=False, capture_output=True, text=True)
    tools.expect(f"{check.device} trains with the frozen weights of a file of their own", ran.returncode == 0)


def reference(t):
    class Model(t.nn.Module):
        def __init__(self, weight):
            super().__init__()
            self.first_stage, self.critic = gan.vae(t).requires_grad_(False), vqgan.patch_discriminator(t, 6, 2)
            self.first_stage.decoder.requires_grad_(True)
            self.weight = weight
            if weight:
                self.lpips = lpips.network(t, WIDTHS).requires_grad_(False)

        def render(self, x, eps):
            latent = self.first_stage.encode(x).latent_dist
            return self.first_stage.decode(latent.mean + latent.std * eps).sample

        def generator(self, x, eps, _=None, adversarial=1.0):
            y = self.render(x, eps)
            l1, fooled = t.F.l1_loss(y, x), -self.critic["main"](y).mean()
            seen = [self.lpips(y, x).mean()] if self.weight else []
            rec = l1 + self.weight * sum(seen)
            weight = vqgan.adaptive_weight(t, rec, fooled, self.first_stage.decoder.conv_out.weight)
            return rec + adversarial * 0.5 * weight * fooled, l1, *seen, fooled, weight

        def discriminator(self, x, _, eps, adversarial=1.0):
            loss = vqgan.hinge(t, self.critic["main"], x, self.render(x, eps))
            return adversarial * loss, loss

    def lively(network):
        """So few channels are all 0 at some places, where the length of the features, and so what training does, hangs on a rounding. Biases keep them above."""
        biases = {name: value for name, value in network.named_parameters() if name.endswith("bias")}
        for value in biases.values():
            value.data = t.torch.full_like(value, 0.5)
        return {f"value/lpips.{name}": value for name, value in biases.items()}

    def results(config, prefix):
        model, x, first, second = t.model(Model(config["perceptual_weight"])), t.tensor(gan.pictures()), t.tensor(gan.noise(61)), t.tensor(gan.noise(62))
        made = {"reconstruct/result": model.first_stage.decode(model.first_stage.encode(x[:3]).latent_dist.mean).sample,
                "shapes": inputs.shapes_text(t.shapes(model))}
        if config["perceptual_weight"]:
            made |= lively(model.lpips)
        for loss in (model.generator, model.discriminator):
            made |= {f"{loss.__name__}/{name}": value for name, value in vqgan.gradients(model, loss, x[:BATCH], first[:BATCH], second[:BATCH], most=50).items()}
        made |= vqgan.alternate(t, model, ("first_stage.decoder", "critic"), (x, first, second), gan.START, gan.RATE, BATCH)
        # What stays as it is need not be stored.
        return {prefix + name: value for name, value in made.items() if not name.startswith("buffer/lpips.")}

    return results(CONFIGS[""], "") | results(CONFIGS["plain"], "plain/") | lpips.reference(t)
